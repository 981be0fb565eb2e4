import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { placeToAdd } from '../../src/consents/page/place-to-add.ts';
import { CLAIM_DEFINITIONS } from '../../src/scopes/index.ts';
import { canBecomeSignInName } from '../../src/vault/index.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import { importFile } from '../imports/scene.ts';

const CLAIM = 'preferred_username';
const FRESH = 'fresh_sign_in_required';

describe('The names that a person signs in with', () => {
  let server: TestServer;
  let clock: SettableClock;
  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });
  after(() => server?.stop());

  const add = ({ accountId }: TestPerson, value: string) =>
    server.connected.vault.addAttribute({ accountId, claim: CLAIM, value });
  const remove = ({ accountId }: TestPerson, attributeId: string) =>
    server.connected.vault.removeAttribute({ accountId, attributeId });
  const stateFor = async ({ accountId }: TestPerson, username: string) =>
    (await server.connected.vault.checkUsername({ accountId, username })).state;
  const codeOf = async (answer: Response) => ((await answer.json()) as { code?: string }).code;

  it('cannot be set, changed or deleted by an app, even with all permissions', async () => {
    const ana = await createPerson(server.connected);
    const { id } = await add(ana, 'ana.before');
    const scopes = ['openid', 'account:read', 'account:write'];
    const app = await registerThirdPartyApp(server, ana.accountId, { scopes });
    const { access_token: token } = await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope: scopes.join(' ') },
      choices: { 'scope.account:read': 'allow', 'scope.account:write': 'allow' },
    });
    const tries = [
      ['POST', 'attributes', { claim: CLAIM, value: 'ana.app' }],
      ['PATCH', `attributes/${id}`, { value: 'ana.app' }],
      ['DELETE', `attributes/${id}`, undefined],
      ['DELETE', `attributes/${ana.attributeIds['email']?.[0] ?? ''}`, undefined],
      ['POST', 'attributes', { claim: 'email', value: 'app@example.net' }],
      ['PATCH', 'profile', { claims: { [CLAIM]: 'ana.app' } }],
      ['PATCH', 'profile', { claims: { [CLAIM]: null } }],
    ] as const;
    for (const [method, address, body] of tries) {
      const answer = await fetch(`${server.url}/api/v1/account/${address}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      expect([answer.status, await codeOf(answer)], `${method} ${address}`).to.deep.equal([
        403,
        FRESH,
      ]);
    }
    expect(tries).to.have.length(7);
    const names = await server.connected.vault.listAttributes(ana.accountId);
    expect(names.find(({ claim }) => claim === CLAIM)?.value).to.equal('ana.before');
  });

  it('need a fresh proof on the pages and in the API', async () => {
    const boris = await createPerson(server.connected);
    const { id } = await add(boris, 'boris.before');
    const visitor = await signedInVisitor(server.url, boris);
    clock.advance(900);
    const api = `${server.url}/api/v1/account/attributes`;
    for (const [method, address, body] of [
      ['POST', api, { claim: CLAIM, value: 'boris.stale' }],
      ['PATCH', `${api}/${id}`, { value: 'boris.stale' }],
      ['DELETE', `${api}/${id}`, undefined],
    ] as const) {
      expect(await codeOf(await callApi(visitor, method, address, body)), method).to.equal(FRESH);
    }
    for (const page of [
      '/account/usernames/add',
      `/account/usernames/${id}`,
      `/account/emails/${id}/remove`,
    ]) {
      const answer = await visitor.request(page);
      expect(answer.headers.get('location'), page).to.contain('prompt=login');
    }
    expect((await visitor.request(`/account/values/${id}`)).headers.get('location')).to.equal(
      `/account/usernames/${id}`,
    );
    clock.set(new Date());
    await visitor.get(`/account/usernames/${id}`);
    await visitor.submitForm(`form[action="/account/usernames/${id}"]`, { value: 'boris.after' });
    expect(await stateFor(boris, 'boris.after')).to.equal('yours');
  });

  it('are quarantined for 90 days once they are free, except for the same person', async () => {
    const [owner, other] = [
      await createPerson(server.connected),
      await createPerson(server.connected),
    ];
    const first = await add(owner, 'freed.name');
    await remove(owner, first.id);
    expect(await stateFor(other, 'FREED.name')).to.equal('taken');
    expect((await failureOf(add(other, 'freed.name'))).code).to.equal('username_taken');
    const imported = await importNames('freed.name');
    expect(imported).to.deep.equal({ imported: 0, codes: ['address_taken'] });
    expect(await stateFor(owner, 'freed.name')).to.equal('free');
    const again = await add(owner, 'freed.name');

    await server.connected.vault.changeAttribute({
      accountId: owner.accountId,
      attributeId: again.id,
      value: 'another.name',
    });
    expect((await failureOf(add(other, 'freed.name'))).code).to.equal('username_taken');
    const held = await server.connected.db.query<{ days: number }>({
      name: 'test-held-days',
      text: `select round(extract(epoch from held_until - now()) / 86400)::int as days from held_usernames
             where holder_id = $1`,
      values: [owner.accountId],
    });
    expect(held).to.deep.equal([{ days: 90 }]);
    await server.connected.db.query({
      name: 'test-end-of-90-days',
      text: `update held_usernames set held_until = now()`,
    });
    await add(other, 'freed.name');
    expect(await stateFor(owner, 'freed.name')).to.equal('taken');
  });

  it('are quarantined without the account id when their account is destroyed', async () => {
    const [owner, other] = [
      await createPerson(server.connected),
      await createPerson(server.connected),
    ];
    await add(owner, 'of.the.gone');
    await server.connected.db.transaction((tx) =>
      server.connected.accounts.remove(tx, owner.accountId),
    );
    expect((await failureOf(add(other, 'of.the.gone'))).code).to.equal('username_taken');
    const rows = await server.connected.db.query<{ holder: string | null }>({
      name: 'test-held-holders',
      text: 'select holder_id as holder from held_usernames where held_until > now()',
    });
    expect(rows.map(({ holder }) => holder)).to.include(null);
    expect(rows.map(({ holder }) => holder)).to.not.include(owner.accountId);
  });

  it('go to the previous owner when two people want one at the same time', async () => {
    const [owner, other] = [
      await createPerson(server.connected),
      await createPerson(server.connected),
    ];
    const { id } = await add(owner, 'at.once');
    const taking = server.connected.db.transaction(async (tx) => {
      // The name is free inside this transaction while the other person tries to get it.
      await tx.query({
        name: 'test-free',
        text: 'delete from identifiers where attribute_id = $1',
        values: [id],
      });
      const outcome = failureOf(add(other, 'at.once'));
      await tx.query({ name: 'test-wait', text: 'select pg_sleep(0.3)' });
      return { outcome };
    });
    const { outcome } = await taking;
    expect((await outcome).code).to.equal('username_taken');
  });

  it('are written by this code only, which requires the proof or adds no names', () => {
    const source = path.join(import.meta.dirname, '../../src');
    const calls =
      /vault\.(?:addAttribute(?:In)?|changeAttribute(?:In)?|removeAttribute(?:In)?|updateProfile)\(/g;
    const found = (fs.readdirSync(source, { recursive: true }) as string[])
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [
        file,
        [...fs.readFileSync(path.join(source, file), 'utf8').matchAll(calls)].length,
      ])
      .filter(([, count]) => count !== 0);
    expect(Object.fromEntries(found)).to.deep.equal({
      // By the operator of the server.
      'authentication/registration/create-administrator.ts': 2,
      // For a new account, which its code makes active.
      'authentication/registration/register.ts': 2,
      'authentication/proofs/request-sign-in-code.ts': 1,
      // For a new account, after its code.
      'interactions/wished-username.ts': 1,
      // E-mails and phones: the page needs a fresh proof.
      'authentication/proofs/address-routes.ts': 1,
      'interactions/address-step-routes.ts': 1,
      // Usernames: the pages need a fresh proof.
      'interactions/username-routes.ts': 1,
      'interactions/value-step-routes.ts': 1,
      // `isSignInName` and `canBecomeSignInName`.
      'claims/account-profile-routes.ts': 1,
      'vault/attributes/attribute-routes.ts': 3,
      // `placeToAdd`, see below.
      'consents/page/add-missing-values.ts': 1,
      // Labels of pictures.
      'vault/avatars/avatar-routes.ts': 1,
      // Pages of their own for names, with a fresh proof.
      'vault/profile/profile-routes.ts': 2,
      'vault/profile/remove-value-routes.ts': 1,
      'vault/usernames/username-routes.ts': 1,
    });
  });

  it('have no field on the consent page', () => {
    const names = CLAIM_DEFINITIONS.filter(({ name }) => canBecomeSignInName(name));
    expect(names.map(({ name, kind }) => [name, placeToAdd(kind)])).to.deep.equal([
      ['preferred_username', 'step'],
      ['email', 'step'],
      ['phone_number', 'step'],
    ]);
  });

  const importNames = async (name: string) => {
    const file = path.join(
      fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-names-')),
      'accounts.ndjson',
    );
    const email = { value: `${name}@import.example`, verified: true };
    fs.writeFileSync(file, `${JSON.stringify({ id: name, email, [CLAIM]: name })}\n`);
    const run = await importFile(server.connected, { file });
    return { imported: run.imported, codes: run.problems.map(({ code }) => code) };
  };
});
