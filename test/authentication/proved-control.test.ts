import { expect } from 'chai';

import type { AppError } from '../../src/platform/app-error.ts';
import { failureOf } from '../support/failure.ts';
import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import { createAuthentication } from '../../src/authentication/index.ts';
import { IP, nextNumber, randomEmail, type Scene, setScene, RELYING_PARTY } from './scene.ts';
import { UNLIMITED } from '../support/unlimited.ts';

describe('transfer of proven addresses', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await setScene({ transferProvenAddresses: true });
  });
  afterEach(() => scene.close());

  const add = async (person: TestPerson, value: string, claim = 'email') => {
    const { accountId } = person;
    const { id } = await scene.connected.vault.addAttribute({ accountId, claim, value });
    await scene.authentication.requestAttributeCode({
      accountId,
      attributeId: id,
      locale: 'en',
      ip: IP,
    });
    return id;
  };
  const confirm = (person: TestPerson, attributeId: string, code: string) =>
    scene.authentication.confirmAttribute({
      accountId: person.accountId,
      attributeId,
      code,
      locale: 'en',
      ip: IP,
    });
  const prove = async (person: TestPerson, value: string, claim = 'email') => {
    // The holder's proof is older than this one.
    scene.clock.advance(61);
    const id = await add(person, value, claim);
    await confirm(person, id, await scene.codeOf(value));
    return id;
  };
  const ownerOf = async (value: string) =>
    (await scene.connected.vault.findIdentifier({ kind: 'email', value }))?.accountId;
  const statusOf = async ({ accountId }: TestPerson) =>
    (await scene.connected.accounts.find(accountId))?.status;
  const auditOf = async ({ accountId }: TestPerson) =>
    (await scene.connected.audit.list(accountId)).map(({ kind }) => kind);

  it('takes an address from the other account, which is signed out and gets a notice at its other addresses', async () => {
    const holder = await scene.person();
    const second = randomEmail();
    await prove(holder, second);
    const taker = await scene.person();
    await prove(taker, second);
    expect(await ownerOf(second)).to.equal(taker.accountId);
    expect(await statusOf(holder)).to.equal('active');
    const account = await scene.connected.accounts.find(holder.accountId);
    expect(account?.cutOffAt).to.deep.equal(scene.clock.now());
    const values = await scene.connected.vault.listAttributes(holder.accountId);
    expect(values.map(({ value }) => value)).to.not.include(second);
    const [newest] = (await scene.mailsTo(holder.email)).slice(-1);
    expect([newest?.template, newest?.values]).to.deep.equal(['email-taken', { address: second }]);
    expect(await auditOf(holder)).to.include('identifier.taken');
    const seen = await scene.connected.audit.list(holder.accountId);
    expect(JSON.stringify(seen)).to.not.include(second);
  });

  it('deletes an account without another identifier, which cannot sign in', async () => {
    const holder = await scene.person();
    const taker = await scene.person();
    await prove(taker, holder.email);
    expect(await ownerOf(holder.email)).to.equal(taker.accountId);
    expect(await statusOf(holder)).to.equal('deleted');
    const signedIn = await scene.authentication.signIn({
      identifier: holder.email,
      password: PASSWORD,
      deviceId: null,
      ip: IP,
    });
    expect(signedIn).to.include({ accountId: taker.accountId });
    expect(await auditOf(holder)).to.include.members(['identifier.taken', 'account.deleted']);
  });

  it('keeps an account that has a phone left; a phone can be taken too', async () => {
    const holder = await scene.person();
    const number = nextNumber();
    await prove(holder, number, 'phone_number');
    const taker = await scene.person();
    await prove(taker, holder.email);
    expect(await statusOf(holder)).to.equal('active');
    await prove(taker, number, 'phone_number');
    expect(await statusOf(holder)).to.equal('deleted');
  });

  it('keeps a blocked account blocked: no proof removes the decision of an administrator', async () => {
    const holder = await scene.person();
    const { accounts, db } = scene.connected;
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId: holder.accountId, status: 'blocked', reason: 'abuse' }),
    );
    const taker = await scene.person();
    await prove(taker, holder.email);
    expect(await ownerOf(holder.email)).to.equal(taker.accountId);
    expect(await statusOf(holder)).to.equal('blocked');
  });

  it('removes a registration that waits for the address', async () => {
    const email = randomEmail();
    const { registrationId } = await scene.authentication.register({
      email,
      password: PASSWORD,
      locale: 'en',
      ip: IP,
    });
    const code = await scene.codeOf(email);
    await prove(await scene.person(), email);
    const confirmation = scene.authentication.confirmRegistration({
      registrationId,
      code,
      ip: IP,
    });
    expect((await failureOf(confirmation)).code).to.equal('code_expired');
    const rows = await scene.connected.db.query({
      name: 'test-temporary',
      text: `select id from accounts where status = 'temporary'`,
    });
    expect(rows).to.have.length(0);
  });

  it('does not delete the only administrator: the address stays', async () => {
    const holder = await scene.person();
    const { accounts, db } = scene.connected;
    await db.transaction((tx) =>
      accounts.setAdministrator(tx, { accountId: holder.accountId, isAdministrator: true }),
    );
    const failure = await failureOf(prove(await scene.person(), holder.email));
    expect(failure.code).to.equal('address_taken');
    expect(await ownerOf(holder.email)).to.equal(holder.accountId);
    expect(await statusOf(holder)).to.equal('active');
  });

  it('does not transfer an address with a code from before the other account proved it', async () => {
    const [early, holder] = [await scene.person(), await scene.person()];
    const value = randomEmail();
    const earlyId = await add(early, value);
    const earlyCode = await scene.codeOf(value);
    await prove(holder, value);
    expect((await failureOf(confirm(early, earlyId, earlyCode))).code).to.equal('address_taken');
    expect(await ownerOf(value)).to.equal(holder.accountId);
    expect(await statusOf(holder)).to.equal('active');
  });

  it('gives an address to exactly one of two accounts that prove it at the same time on two servers', async () => {
    const other = createAuthentication({
      ...scene.connected,
      transientSealer: scene.connected.transientSealer,
      blindIndexKey: scene.connected.config.secrets.blindIndexKey,
      rateLimiter: UNLIMITED,
      failedSignIns: scene.connected.config.failedSignIns,
      onSignInsPaused: () => undefined,
      relyingParty: RELYING_PARTY,
      hasher: { ...(await import('../../src/authentication/index.ts')).createPasswordHasher() },
      transferProvenAddresses: true,
      retentionSeconds: 0,
    });
    for (let round = 0; round < 5; round += 1) {
      const people = [await scene.person(), await scene.person()] as const;
      const value = randomEmail();
      const ids = [await add(people[0], value), ''];
      const codes = [await scene.codeOf(value), ''];
      scene.clock.advance(61);
      ids[1] = await add(people[1], value);
      codes[1] = await scene.codeOf(value);
      const outcomes = await Promise.allSettled(
        [scene.authentication, other].map((node, index) =>
          node.confirmAttribute({
            accountId: people[index === 0 ? 0 : 1].accountId,
            attributeId: ids[index] ?? '',
            code: codes[index] ?? '',
            locale: 'en',
            ip: IP,
          }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      const winner = outcomes[0]?.status === 'fulfilled' ? people[0] : people[1];
      expect(await ownerOf(value)).to.equal(winner.accountId);
      expect([await statusOf(people[0]), await statusOf(people[1])]).to.deep.equal([
        'active',
        'active',
      ]);
    }
  });

  it('lets one of two people who take each other’s address at the same time get it, without waiting for the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const people = [await scene.person(), await scene.person()] as const;
      const extra = [randomEmail(), randomEmail()] as const;
      await prove(people[0], extra[0]);
      await prove(people[1], extra[1]);
      scene.clock.advance(61);
      const ids = [await add(people[0], extra[1]), await add(people[1], extra[0])] as const;
      const codes = [await scene.codeOf(extra[1]), await scene.codeOf(extra[0])] as const;
      const outcomes = await Promise.allSettled([
        confirm(people[0], ids[0], codes[0]),
        confirm(people[1], ids[1], codes[1]),
      ]);
      // The person who loses an address is signed out everywhere, which also ends an unfinished proof.
      const failures = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [(outcome.reason as AppError).code] : [],
      );
      expect(failures).to.deep.equal(['code_expired']);
      const winner = outcomes[0].status === 'fulfilled' ? people[0] : people[1];
      expect(await ownerOf(extra[0])).to.equal(winner.accountId);
      expect(await ownerOf(extra[1])).to.equal(winner.accountId);
    }
  });
});
