import { expect } from 'chai';

import { settableClock, type SettableClock } from '../../support/clock.ts';
import { signedInVisitor } from '../../support/people/console-visitor.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { newestInMail, readMessages } from '../../support/people/sent-messages.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

const DAY = 86_400;
const STOLEN_PASSWORD = 'seven grey ladders lean on rain';
const CHOSEN_PASSWORD = 'quiet marble owls count to nine';
const IP = '203.0.113.7';

describe('“This was not me” in the mail about an event', () => {
  let server: TestServer;
  let clock: SettableClock;
  let ana: TestPerson;
  let evil: string;
  let count = 0;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });
  beforeEach(async () => {
    // Sessions count from the time of the machine, so the clock of the server is set back first.
    clock.set(new Date(Date.now() - DAY * 1_000));
    ana = await createPerson(server.connected);
    count += 1;
    evil = `intruder${String(count)}@example.net`;
    // The first browser of an account is no new one.
    await signedInVisitor(server.url, ana);
    clock.set(new Date());
  });
  after(() => server?.stop());

  const mailsTo = async (email: string) =>
    (await readMessages(server.connected)).flatMap((mail) => (mail?.to === email ? [mail] : []));
  const linkIn = async (email: string, template: string): Promise<string> => {
    const mail = (await mailsTo(email)).findLast((one) => one.template === template);
    expect(mail?.values, `${template} to ${email}`).to.have.property('alert');
    return String(mail?.values['alert']);
  };
  const prove = async (value: string): Promise<string> => {
    const { vault, authentication } = server.connected;
    const { accountId } = ana;
    const { id: attributeId } = await vault.addAttribute({ accountId, claim: 'email', value });
    const input = { accountId, attributeId, locale: 'en', ip: IP };
    await authentication.requestAttributeCode(input);
    const code = await newestInMail(server.connected, value, 'code');
    await authentication.confirmAttribute({ ...input, code });
    return attributeId;
  };
  const changePassword = (newPassword: string, currentPassword = ana.password) =>
    server.connected.authentication.changePassword({
      accountId: ana.accountId,
      currentPassword,
      newPassword,
      keepSessionUid: null,
      locale: 'en',
    });
  const provenEmails = async () =>
    (await server.connected.vault.listAttributes(ana.accountId)).flatMap(
      ({ claim, value, isVerified }) => (claim === 'email' && isVerified ? [value] : []),
    );
  const isSignedIn = async (visitor: Visitor) =>
    (await visitor.request(`${server.url}/api/v1/account`)).status === 200;
  const signInWith = async (password: string): Promise<boolean> => {
    const visitor = await signedInVisitor(server.url, { ...ana, password });
    return visitor.page.url.pathname === '/account';
  };
  const report = (link: string) => server.connected.authentication.disownEvent({ link, ip: IP });
  const codeOf = (error: unknown) => (error as { readonly code?: string }).code;
  const refusalOf = (link: string) =>
    report(link).then(
      () => null,
      (error: unknown) => codeOf(error),
    );

  it('restores the account of its owner, also when the intruder has taken every way in (6.3.5, 6.3.7)', async () => {
    const intruder = await signedInVisitor(server.url, ana);
    const app = await registerThirdPartyApp(server, ana.accountId);
    await connectApp({ visitor: intruder, app, person: ana });
    const link = await linkIn(ana.email, 'new-device');
    await prove(evil);
    await server.connected.vault.removeAttribute({
      accountId: ana.accountId,
      attributeId: ana.attributeIds['email']?.[0] ?? '',
    });
    await changePassword(STOLEN_PASSWORD);
    const later = await signedInVisitor(server.url, {
      ...ana,
      email: evil,
      password: STOLEN_PASSWORD,
    });
    expect([await isSignedIn(later), await provenEmails()]).to.deep.equal([true, [evil]]);

    const owner = visitorAt(server.url);
    await owner.get(`/not-me/${link}`);
    expect(owner.page.text).to.include('Somebody signed in on a new device');
    expect(await isSignedIn(later), 'opening the page changes nothing').to.equal(true);
    await owner.submitForm('form[action^="/not-me/"]');
    expect(owner.page.text).to.include('Your account is secured');

    expect([await isSignedIn(intruder), await isSignedIn(later)]).to.deep.equal([false, false]);
    expect(await provenEmails()).to.deep.equal([ana.email]);
    expect(await server.connected.vault.findIdentifier({ kind: 'email', value: evil })).to.equal(
      null,
    );
    expect([await signInWith(STOLEN_PASSWORD), await signInWith(ana.password)]).to.deep.equal([
      false,
      false,
    ]);
    const grants = await server.connected.db.query({
      name: 'test-live-grants',
      text: 'select 1 from grants where account_id = $1 and revoked_at is null',
      values: [ana.accountId],
    });
    expect(grants).to.deep.equal([]);
    const { authentication } = server.connected;
    const input = { locale: 'en', ip: IP, deviceId: 'd'.repeat(32) };
    const { resetId } = await authentication.startPasswordReset({
      ...input,
      identifier: ana.email,
    });
    const code = await newestInMail(server.connected, ana.email, 'code');
    const reset = { ...input, resetId, code, newPassword: CHOSEN_PASSWORD };
    await authentication.finishPasswordReset(reset);
    expect(await signInWith(CHOSEN_PASSWORD)).to.equal(true);
  });

  it('is not in mails to an address that was added lately, so an intruder cannot undo the repair', async () => {
    const attributeId = await prove(evil);
    await changePassword(STOLEN_PASSWORD);
    const toEvil = await mailsTo(evil);
    expect(toEvil.map(({ template }) => template)).to.include('password-changed');
    for (const { values, template } of toEvil)
      expect(values, template).not.to.have.property('alert');
    expect(await linkIn(ana.email, 'password-changed')).to.match(/^[\w-]{43}$/);
    clock.advance(8 * DAY);
    await changePassword(CHOSEN_PASSWORD, STOLEN_PASSWORD);
    expect(await linkIn(evil, 'password-changed'), 'an address of long standing').to.be.a('string');
    expect(attributeId).to.be.a('string');
  });

  it('goes to the old addresses, and not to the new one, when an address is added (6.3.7)', async () => {
    await prove(evil);
    expect(await linkIn(ana.email, 'email-added')).to.be.a('string');
    expect((await mailsTo(evil)).map(({ template }) => template)).to.deep.equal(['attribute-code']);
    await report(await linkIn(ana.email, 'email-added'));
    expect(await provenEmails()).to.deep.equal([ana.email]);
  });

  it('keeps the addresses that were proven before the event, and mails each of them', async () => {
    const second = `second-${evil}`;
    await prove(second);
    clock.advance(8 * DAY);
    await changePassword(STOLEN_PASSWORD);
    await report(await linkIn(ana.email, 'password-changed'));
    expect(await provenEmails()).to.have.members([ana.email, second]);
    for (const email of [ana.email, second])
      expect((await mailsTo(email)).at(-1)?.template, email).to.equal('account-secured');
  });

  it('removes an authenticator app and recovery codes that were added since, and no older ones', async () => {
    const { db, accounts } = server.connected;
    const { accountId } = ana;
    const enrol = async () => {
      await db.query({
        name: 'test-enrol',
        text: `insert into totp_credentials (account_id, sealed_secret, created_at, last_step)
          values ($1, $2, $3, 1)`,
        values: [accountId, Buffer.alloc(40), clock.now()],
      });
      await db.transaction((tx) => accounts.setSecondFactor(tx, { accountId, since: clock.now() }));
    };
    const countFactors = async () => {
      const rows = await db.query({
        name: 'test-factors',
        text: 'select 1 from totp_credentials where account_id = $1',
        values: [accountId],
      });
      return rows.length;
    };
    await changePassword(STOLEN_PASSWORD);
    await enrol();
    await report(await linkIn(ana.email, 'password-changed'));
    expect(await countFactors()).to.equal(0);
    await enrol();
    clock.advance(DAY);
    await prove(evil);
    await report(await linkIn(ana.email, 'email-added'));
    expect(await countFactors()).to.equal(1);
  });

  it('works once, for seven days, and covers the later events', async () => {
    await prove(evil);
    const first = await linkIn(ana.email, 'email-added');
    await changePassword(STOLEN_PASSWORD);
    const later = await linkIn(ana.email, 'password-changed');
    const answers = await Promise.all(Array.from({ length: 10 }, () => refusalOf(first)));
    expect(answers.filter((code) => code === null)).to.have.length(1);
    expect(new Set(answers)).to.deep.equal(new Set([null, 'link_expired']));
    expect(await refusalOf(later)).to.equal('link_expired');
    const reader = visitorAt(server.url);
    expect((await reader.get(`/not-me/${later}`)).text).to.include('Your account is secured');

    await prove(`again-${evil}`);
    const old = await linkIn(ana.email, 'email-added');
    clock.advance(7 * DAY + 1);
    expect(await refusalOf(old)).to.equal('link_expired');
    const page = await reader.get(`/not-me/${old}`);
    expect(page.status).to.equal(410);
    const unknown = await reader.get(`/not-me/${'x'.repeat(43)}`);
    expect([unknown.status, unknown.text]).to.deep.equal([410, page.text]);
    const api = await reader.request(`${server.url}/api/v1/disowned-events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link: 'x'.repeat(43) }),
    });
    expect(api.status).to.equal(410);
  });

  it('cannot be found in the database, nor the address that it was sent to', async () => {
    await prove(evil);
    const link = await linkIn(ana.email, 'email-added');
    const [row] = await server.connected.db.query<{ text: string }>({
      name: 'test-alert-row',
      text: `select row_to_json(a)::text || encode(recipient, 'escape') as text from account_alerts a
        where account_id = $1 order by happened_at desc limit 1`,
      values: [ana.accountId],
    });
    expect(row?.text).to.be.a('string').and.not.include(link).and.not.include(ana.email);
  });
});
