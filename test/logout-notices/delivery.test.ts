import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

import { expect } from 'chai';
import * as jose from 'jose';

import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startReceivingApp, type ReceivingApp } from './receiving-app.ts';

interface Row {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly pause: number;
  readonly is_free: boolean;
}

describe('The delivery of sign-out notices (O-12, F-28)', function () {
  this.timeout(30_000);
  let server: TestServer;
  let developer: { readonly accountId: string; readonly isAdministrator: boolean };
  let app: ThirdPartyApp;
  let receiver: ReceivingApp;

  before(async () => {
    server = await startTestServer();
  });
  beforeEach(async () => {
    developer = {
      accountId: (await createPerson(server.connected)).accountId,
      isAdministrator: false,
    };
    receiver = await startReceivingApp({ issuer: server.url, clientId: () => app.clientId });
    app = await register({});
  });
  afterEach(() => receiver.close());
  after(() => server?.stop());

  const register = (settings: Parameters<typeof registerThirdPartyApp>[2]) =>
    registerThirdPartyApp(server, developer.accountId, {
      backchannelLogoutUri: receiver.address,
      ...settings,
    });

  /** Signs a new person in at the app and out again. @returns the ids of the ID token. */
  async function signInAndOut(at = app) {
    const person = await createPerson(server.connected);
    const visitor = visitorAt(server.url);
    const tokens = await connectApp({ visitor, app: at, person });
    const claims = tokens.claims();
    await server.connected.accounts.signOutEverywhere(person);
    return { sid: claims?.['sid'], sub: claims?.sub, idToken: tokens.id_token ?? '' };
  }

  const rows = (): Promise<Row[]> =>
    server.connected.db.query<Row>({
      name: 'test-notices',
      text: `select id, status, attempts, last_error, extract(epoch from next_attempt_at - now())::int as pause,
          claimed_until is null as is_free
        from logout_notices where client_id = $1 order by position`,
      values: [app.clientId],
    });

  const attempted = (count: number) =>
    waitFor(
      `${String(count)} attempts`,
      async () => {
        const [first] = await rows();
        return (
          first !== undefined &&
          first.attempts >= count &&
          first.is_free &&
          first.last_error !== null
        );
      },
      10_000,
    );

  /** Lets the pause before the next attempt pass. */
  async function passPause(change = ''): Promise<void> {
    await server.connected.db.query({
      name: `test-pass-pause${change}`,
      text: `update logout_notices set next_attempt_at = now()${change} where client_id = $1 and status = 'waiting'`,
      values: [app.clientId],
    });
    await server.connected.logoutNotices.queueDue();
  }

  const statuses = async () => (await rows()).map(({ status }) => status);
  const become = (...expected: string[]) =>
    waitFor(
      `notices that are ${expected.join(', ')}`,
      async () => JSON.stringify(await statuses()) === JSON.stringify(expected),
      10_000,
    );

  it('repeats a notice with the same jti until the app that was down answers', async () => {
    receiver.answerWith(500);
    const { sid } = await signInAndOut();
    await attempted(1);
    await passPause();
    await attempted(2);
    expect((await rows())[0]).to.include({ status: 'waiting', last_error: 'http_500' });
    receiver.answerWith(200);
    await passPause();
    await become('delivered');
    const sent = receiver.tokens.map((token) => jose.decodeJwt(token));
    expect(new Set(sent.map(({ jti }) => jti)).size).to.equal(1);
    expect(sent).to.have.length(3);
    expect(receiver.received.map((notice) => notice.sid)).to.deep.equal([sid]);
    expect(receiver.received[0]?.jti).to.equal((await rows())[0]?.id);
  });

  it('waits longer after each failure, at most a quarter of an hour, and gives up after two days', async () => {
    receiver.answerWith(503);
    await signInAndOut();
    await attempted(1);
    expect((await rows())[0]?.pause).to.be.within(2, 5);
    await passPause(', attempts = 30');
    await attempted(31);
    expect((await rows())[0]?.pause).to.be.within(850, 900);
    await signInAndOut();
    await passPause(', give_up_at = now()');
    // The second was written in the same outage, so it ends with the first.
    await become('failed', 'failed');
    expect(receiver.received).to.deep.equal([]);
  });

  it('holds later notices back while the app does not answer, and sends them in their order', async () => {
    receiver.answerWith('hang');
    const first = await signInAndOut();
    await attempted(1);
    expect((await rows())[0]?.last_error).to.equal('timeout');
    const second = await signInAndOut();
    const third = await signInAndOut();
    expect((await rows()).map(({ attempts }) => attempts)).to.deep.equal([1, 0, 0]);
    receiver.answerWith(204);
    await server.connected.db.query({
      name: 'test-pass-first-pause',
      text: `update logout_notices set next_attempt_at = now() where client_id = $1`,
      values: [app.clientId],
    });
    await server.connected.logoutNotices.queueDue();
    await become('delivered', 'delivered', 'delivered');
    const sids = receiver.tokens.map((token) => jose.decodeJwt(token)['sid']);
    expect(sids).to.deep.equal([first.sid, first.sid, second.sid, third.sid]);
  });

  it('does not follow a redirect, and ends the attempts at a refused notice without holding others back', async () => {
    receiver.answerWith(302);
    const refused = await signInAndOut();
    await attempted(1);
    expect((await rows())[0]?.last_error).to.equal('http_302');
    receiver.answerWith(200);
    const next = await signInAndOut();
    await receiver.receivesNotice(({ sid }) => sid === next.sid);
    await become('waiting', 'delivered');
    receiver.answerWith(400);
    await passPause(', attempts = 9');
    await become('failed', 'delivered');
    expect(receiver.received.map(({ sid }) => sid)).not.to.include(refused.sid);
  });

  it('shows the developer every notice, and sends one again that was given up', async () => {
    receiver.answerWith(400);
    const { sid } = await signInAndOut();
    await attempted(1);
    await passPause(', attempts = 9');
    await become('failed');
    const managed = { clientId: app.clientId, manager: developer };
    const { logoutNotices } = server.connected;
    const [notice] = await logoutNotices.list(managed);
    expect(notice).to.include({ status: 'failed', cause: 'ended', attempts: 10 });
    receiver.answerWith(200);
    const noticeId = notice?.id ?? '';
    await logoutNotices.sendAgain({ ...managed, noticeId });
    await receiver.receivesNotice((received) => received.sid === sid);
    await become('delivered');

    const manager = { ...developer, accountId: (await createPerson(server.connected)).accountId };
    const codes = [
      await codeOf(logoutNotices.list({ ...managed, manager })),
      await codeOf(logoutNotices.sendAgain({ ...managed, manager, noticeId })),
      await codeOf(logoutNotices.sendAgain({ ...managed, noticeId: crypto.randomUUID() })),
    ];
    expect(codes).to.deep.equal([
      'client_not_found',
      'client_not_found',
      'logout_notice_not_found',
    ]);
  });

  it('contains the pairwise subject of the app, and no session when the app chose that', async () => {
    const settings = { subjectType: 'pairwise', backchannelLogoutSessionRequired: false } as const;
    const redirectUris = ['http://localhost:9/callback'];
    app = await register({ ...settings, redirectUris });
    const { sub, sid } = await signInAndOut();
    expect(sid, 'of the ID token').to.equal(undefined);
    await receiver.receivesNotice((notice) => notice.sub === sub);
    expect(receiver.received[0]).not.to.have.property('sid');
  });

  for (const algorithm of ['RS256', 'ES256', 'PS256', 'EdDSA'] as const) {
    it(`is signed like the ID tokens of the app: ${algorithm}`, async () => {
      app = await register({ idTokenSignedResponseAlg: algorithm });
      const { sid, idToken } = await signInAndOut();
      await receiver.receivesNotice((notice) => notice.sid === sid);
      const { alg, typ } = jose.decodeProtectedHeader(receiver.tokens[0] ?? '');
      expect({ alg, typ }).to.deep.equal({
        alg: jose.decodeProtectedHeader(idToken).alg,
        typ: 'logout+jwt',
      });
    });
  }

  it('waits while the app is suspended, and ends when the address is removed', async () => {
    const managed = { clientId: app.clientId, manager: developer };
    await server.connected.clients.setStatus({ ...managed, status: 'suspended' });
    const person = await createPerson(server.connected);
    await server.connected.clients.setStatus({ ...managed, status: 'active' });
    await connectApp({ visitor: visitorAt(server.url), app, person });
    await server.connected.clients.setStatus({ ...managed, status: 'suspended' });
    await server.connected.accounts.signOutEverywhere(person);
    await attempted(1);
    expect((await rows())[0]?.last_error).to.equal('app_suspended');
    const changes = { backchannelLogoutUri: null };
    await server.connected.clients.change({ ...managed, changes });
    await passPause();
    await become('failed');
    expect((await rows())[0]?.last_error).to.equal('no_address');
    expect(receiver.tokens).to.deep.equal([]);
  });

  it('deletes notices after 14 days and no earlier', async () => {
    const { sid } = await signInAndOut();
    await receiver.receivesNotice((notice) => notice.sid === sid);
    await become('delivered');
    await server.connected.logoutNotices.purge();
    expect(await rows()).to.have.length(1);
    await server.connected.db.query({
      name: 'test-age-notices',
      text: `update logout_notices set created_at = now() - interval '15 days' where client_id = $1`,
      values: [app.clientId],
    });
    expect(await server.connected.logoutNotices.purge()).to.equal(1);
    expect(await rows()).to.have.length(0);
  });

  it('is accepted by the sample of the integration guide', async () => {
    const { sid, sub } = await signInAndOut();
    await receiver.receivesNotice((notice) => notice.sid === sid);
    const guide = readFileSync(new URL('../../docs/integration.md', import.meta.url), 'utf8');
    const sample = /^```js\nimport \{ (.*?) \} from 'jose';\n(.*?)^```$/ms.exec(guide);
    const code = (sample?.[2] ?? '').replaceAll('https://id.example.org', server.url);
    const ended: unknown[] = [];
    const run = runInThisContext(
      `(async ({ ${sample?.[1] ?? ''} }, { form, clientId, sessions }) => {${code}})`,
    ) as (library: object, values: object) => Promise<void>;
    await run(jose, {
      form: { logout_token: receiver.tokens[0] },
      clientId: app.clientId,
      sessions: { endWhere: async (condition: unknown) => ended.push(condition) },
    });
    expect(ended).to.deep.equal([{ sid, sub }]);
  });
});

function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: { code: string }) => error.code,
  );
}
