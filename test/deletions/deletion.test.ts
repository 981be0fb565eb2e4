import fs from 'node:fs';

import { expect } from 'chai';

import { parseReceipt } from '../../src/deletions/deletion-receipt.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { maskAnswer } from '../support/http/masked-answer.ts';
import {
  createPerson,
  PASSWORD,
  signIn,
  visitorAt,
  type TestPerson,
} from '../support/people/people.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { DAY_SECONDS, openDeletionScene, type DeletionScene } from './deletion-scene.ts';

const DELETED = 'Your account is deleted';

describe('Deleting an account', function () {
  this.timeout(30_000);
  let scene: DeletionScene;

  before(async () => {
    scene = await openDeletionScene();
  });
  after(() => scene?.stop());

  const statusOf = async ({ accountId }: TestPerson) =>
    (await scene.server.connected.accounts.find(accountId))?.status;

  async function userinfoStatus(accessToken: string): Promise<number> {
    const answer = await fetch(`${scene.server.url}/userinfo`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return answer.status;
  }

  // The library counts a sign-in by the machine's clock, so ours comes back.
  async function elevenMinutesLater<T>(act: () => Promise<T>): Promise<T> {
    scene.clock.advance(660);
    try {
      return await act();
    } finally {
      scene.clock.advance(-660);
    }
  }

  /** The sign-in page of the app, after a password was typed there. */
  async function signInAtApp(person: TestPerson, password = person.password): Promise<Visitor> {
    const visitor = visitorAt(scene.server.url);
    await scene.app.begin(visitor, { scope: 'openid email' });
    await signIn(visitor, { ...person, password });
    return visitor;
  }

  it('shows the consequences, and changes nothing until the word is typed', async () => {
    const { person, visitor } = await scene.connectedPerson();
    await visitor.get(`${scene.server.url}/account/data`);
    await visitor.follow('a[href="/account/delete"]');
    expect(visitor.page.text).to.include('Bookshop');
    const purgeAt = new Date(scene.clock.now().getTime() + 30 * DAY_SECONDS * 1000);
    expect(visitor.page.text).to.include(String(purgeAt.getUTCFullYear()));
    await visitor.submitForm('form[action="/account/delete"]', { confirmation: 'no' });
    expect(visitor.page.status).to.equal(422);
    const { errors } = JSON.parse(
      fs.readFileSync(new URL('../../views/deletions/en.json', import.meta.url), 'utf8'),
    ) as { errors: { word_wrong: string } };
    expect(visitor.page.text).to.include(errors.word_wrong);
    expect(await statusOf(person)).to.equal('active');
  });

  it('signs out everywhere, ends tokens of apps, and mails how to restore the account', async () => {
    const { person, visitor, tokens } = await scene.connectedPerson();
    const elsewhere = await signedInVisitor(scene.server.url, person);
    await scene.deleteOnPage(visitor);
    expect(visitor.page.text).to.include(DELETED);
    for (const browser of [visitor, elsewhere]) {
      expect((await browser.request(`${scene.server.url}/api/v1/account`)).status).to.equal(401);
    }
    expect(await userinfoStatus(tokens.access_token)).to.equal(401);
    const mail = await scene.mailTo(person, DELETED);
    expect(mail.text).to.match(/restore it until \d+ \w+ \d{4} \(UTC\)/);
    expect(visitor.page.text).to.include(/Deletion number: ([\da-f-]{36})/.exec(mail.text)?.[1]);
  });

  it('can be undone with the correct password: values stay, old tokens stay invalid', async () => {
    const { person, visitor, tokens } = await scene.connectedPerson();
    await scene.deleteOnPage(visitor);
    const back = await signInAtApp(person);
    expect(back.page.text).to.include('Your account is being deleted');
    expect(await statusOf(person)).to.equal('deleted');
    await back.submitForm('form[action$="/restore"]');
    expect(back.page.url.searchParams.get('code')).to.be.a('string');
    expect(await statusOf(person)).to.equal('active');
    const values = await scene.server.connected.vault.listAttributes(person.accountId);
    expect(values.map(({ value }) => value)).to.include.members([
      person.email,
      'Anastasia Petrova',
    ]);
    expect(await userinfoStatus(tokens.access_token)).to.equal(401);
  });

  it('does not reveal with a wrong password that the account exists or is deleted', async () => {
    const { person, visitor } = await scene.connectedPerson({ email: 'known-one@example.org' });
    await scene.deleteOnPage(visitor);
    const other = { ...person, email: 'knownnone@example.org' };
    const [deleted, unknown] = [
      await signInAtApp(person, 'wrong as can be'),
      await signInAtApp(other, 'wrong as can be'),
    ];
    expect(maskAnswer(deleted.page, person.email)).to.equal(maskAnswer(unknown.page, other.email));
  });

  it('a ticket of one deletion restores no other, and expires after ten minutes', async () => {
    const { person, visitor } = await scene.connectedPerson();
    await scene.deleteOnPage(visitor);
    const early = await signInAtApp(person);
    const late = await signInAtApp(person);
    await early.submitForm('form[action$="/restore"]');
    expect(await statusOf(person)).to.equal('active');
    const again = await signedInVisitor(scene.server.url, person);
    await scene.deleteOnPage(again);
    await late.submitForm('form[action$="/restore"]');
    expect(late.page.text).to.include('Sign in again to restore your account');
    expect(await statusOf(person)).to.equal('deleted');
    const slow = await signInAtApp(person);
    await elevenMinutesLater(() => slow.submitForm('form[action$="/restore"]'));
    expect(slow.page.text).to.include('Sign in again to restore your account');
    expect(await statusOf(person)).to.equal('deleted');
  });

  it('works as an API call with a fresh session, and with no access token', async () => {
    const { person, visitor, tokens } = await scene.connectedPerson();
    const url = `${scene.server.url}/api/v1/account`;
    const withToken = await fetch(url, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(withToken.status).to.equal(403);
    const stale = await elevenMinutesLater(() => callApi(visitor, 'DELETE', url));
    expect([stale.status, await stale.json()]).to.have.nested.property(
      '[1].code',
      'fresh_sign_in_required',
    );
    const fresh = await signedInVisitor(scene.server.url, person);
    const preview = await callApi(fresh, 'GET', `${url}/deletion`);
    expect(await preview.json()).to.deep.include({
      isRestorable: true,
      connectedApps: ['Bookshop'],
      ownedApps: [],
    });
    const answer = await callApi(fresh, 'DELETE', url);
    expect(answer.status).to.equal(200);
    expect(await answer.json()).to.have.all.keys('purgeAt', 'reference');
    expect(await statusOf(person)).to.equal('deleted');
  });

  it('keeps the addresses reserved until the purge', async () => {
    const { person, visitor } = await scene.connectedPerson();
    await scene.deleteOnPage(visitor);
    const holder = await scene.server.connected.vault.findIdentifier({
      kind: 'email',
      value: person.email,
    });
    expect(holder?.accountId).to.equal(person.accountId);
  });

  describe('by an administrator', () => {
    it('is refused for the own account, and undone only by an administrator', async () => {
      const { person } = await scene.connectedPerson();
      const { administrator, server } = scene;
      const admin = await signedInVisitor(server.url, administrator);
      const own = await callApi(
        admin,
        'DELETE',
        `${server.url}/api/v1/accounts/${administrator.accountId}`,
      );
      expect(own.status).to.equal(409);
      expect(await own.json()).to.have.property('code', 'own_account');

      const address = `${server.url}/api/v1/accounts/${person.accountId}`;
      expect((await callApi(admin, 'DELETE', address)).status).to.equal(200);
      expect((await callApi(admin, 'DELETE', address)).status).to.equal(409);
      const mail = await scene.mailTo(person, 'Your account was deleted');
      expect(mail.text).to.include('An administrator deleted your account');
      const attempt = await signInAtApp(person);
      expect(attempt.page.status).to.equal(422);
      expect(attempt.page.text).not.to.include('being deleted');

      expect((await callApi(admin, 'POST', `${address}/restoration`)).status).to.equal(204);
      const back = await signedInVisitor(server.url, person);
      expect((await back.request(`${server.url}/api/v1/account`)).status).to.equal(200);
    });

    it('is refused for others, and for an unknown account', async () => {
      const { person, visitor } = await scene.connectedPerson();
      const { server, administrator } = scene;
      const other = await createPerson(server.connected);
      const address = (id: string) => `${server.url}/api/v1/accounts/${id}`;
      const asPerson = await callApi(visitor, 'DELETE', address(other.accountId));
      expect(asPerson.status).to.equal(403);
      const admin = await signedInVisitor(server.url, administrator);
      const unknown = await callApi(
        admin,
        'DELETE',
        address('0191c0de-0000-4000-8000-00000000dead'),
      );
      expect(unknown.status).to.equal(404);
      expect(await statusOf(person)).to.equal('active');
    });
  });

  it('accepts only receipts with all members', () => {
    expect(parseReceipt({ jti: 'x', iat: 1 })).to.equal(null);
  });

  it('is refused to the last administrator', async () => {
    const visitor = await signedInVisitor(scene.server.url, scene.administrator);
    await scene.deleteOnPage(visitor);
    expect(visitor.page.text).to.include('You are the only administrator');
    expect(await statusOf(scene.administrator)).to.equal('active');
    expect(PASSWORD).to.equal(scene.administrator.password);
  });
});
