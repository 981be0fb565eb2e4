import { expect } from 'chai';

import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt } from '../support/people/people.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startReceivingApp, type ReceivingApp } from './receiving-app.ts';

const APPS = 100;
const SILENT = 20;
const MOST_MS = 30_000;

describe('One sign-out of a person who is signed in at a hundred apps (O-12, F-28)', function () {
  this.timeout(180_000);
  let server: TestServer;
  const receivers: ReceivingApp[] = [];

  before(async () => {
    server = await startTestServer();
  });
  after(async () => {
    await Promise.all(receivers.map((receiver) => receiver.close()));
    await server?.stop();
  });

  const countOf = async (status: string): Promise<number> => {
    const [row] = await server.connected.db.query<{ count: number }>({
      name: 'test-count-notices',
      text: 'select count(*)::int as count from logout_notices where status = $1',
      values: [status],
    });
    return row?.count ?? 0;
  };

  it('reaches each of them once, also while some do not answer', async () => {
    const person = await createPerson(server.connected);
    const visitor = visitorAt(server.url);
    for (let index = 0; index < APPS; index += 1) {
      const own = { clientId: '' };
      const receiver = await startReceivingApp({
        issuer: server.url,
        clientId: () => own.clientId,
      });
      receivers.push(receiver);
      const app = await registerThirdPartyApp(server, person.accountId, {
        name: `Shop ${String(index)}`,
        backchannelLogoutUri: receiver.address,
      });
      own.clientId = app.clientId;
      await connectApp({ visitor, app, person, parameters: { scope: 'openid' } });
    }
    const silent = receivers.filter((_receiver, index) => index % (APPS / SILENT) === 0);
    for (const receiver of silent) receiver.answerWith('hang');

    await visitor.get(`${server.url}/session/end`);
    await visitor.submitForm('button[name=logout]');
    expect(visitor.page.url.pathname).to.equal('/session/end/success');
    const written = (await countOf('waiting')) + (await countOf('delivered'));
    expect(written, 'with the answer to the sign-out').to.equal(APPS);

    const others = APPS - SILENT;
    await waitFor('all other apps', async () => (await countOf('delivered')) === others, MOST_MS);
    expect(await countOf('failed')).to.equal(0);
    for (const receiver of silent) receiver.answerWith(200);
    await server.connected.db.query({
      name: 'test-pass-pauses',
      text: `update logout_notices set next_attempt_at = now() where status = 'waiting' and claimed_until is null`,
    });
    await server.connected.logoutNotices.queueDue();
    await waitFor('every app', async () => (await countOf('delivered')) === APPS, MOST_MS);
    expect(receivers.map(({ received }) => received.length)).to.deep.equal(Array(APPS).fill(1));
  });
});
