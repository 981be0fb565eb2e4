import { expect } from 'chai';

import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startReceivingApp, type ReceivingApp } from './receiving-app.ts';

const MOST_MS = 10_000;

describe('The address for sign-out notices of a hostile app', function () {
  this.timeout(60_000);
  let server: TestServer;
  let app: ThirdPartyApp;
  let receiver: ReceivingApp;

  afterEach(async () => {
    await receiver?.close();
    await server?.stop();
  });

  /** Starts a server with an app whose address is stored as it is, as if a check at the registration were missing. */
  async function begin(
    allowsLoopback: boolean,
    path = (address: string) => address,
  ): Promise<void> {
    server = await startTestServer({ config: { outbound: { allowsLoopback, internalHosts: [] } } });
    receiver = await startReceivingApp({ issuer: server.url, clientId: () => app.clientId });
    receiver.answerWith('endless');
    const person = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId, {
      backchannelLogoutUri: 'https://bookshop.example/out',
    });
    await server.connected.db.query({
      name: 'test-logout-address',
      text: `update clients set metadata = metadata || jsonb_build_object('backchannel_logout_uri', $2::text) where id = $1`,
      values: [app.clientId, path(receiver.address)],
    });
    server.connected.feed.forgetEverything();
    await connectApp({ visitor: visitorAt(server.url), app, person });
    await server.connected.accounts.signOutEverywhere(person);
  }

  const notice = async () => {
    const [row] = await server.connected.db.query<{ status: string; last_error: string | null }>({
      name: 'test-hostile-notice',
      text: 'select status, last_error from logout_notices where client_id = $1',
      values: [app.clientId],
    });
    return row;
  };

  for (const [what, toAddress] of Object.entries({
    'of this machine': (address: string) => address,
    'of this machine over https': (address: string) => address.replace('http:', 'https:'),
    'in another spelling': (address: string) =>
      address.replace('http://localhost', 'https://[::ffff:127.0.0.1]'),
  })) {
    it(`${what} receives no connection (S-70)`, async () => {
      await begin(false, toAddress);
      const isTried = async () => (await notice())?.last_error === 'address_not_allowed';
      await waitFor('the attempt', isTried, MOST_MS);
      expect(receiver.tokens).to.deep.equal([]);
      expect(await receiver.connections()).to.equal(0);
    });
  }

  it('that answers without end is not read to the end (S-71)', async () => {
    await begin(true);
    const isOver = async () => (await notice())?.status === 'delivered';
    await waitFor('the delivery', isOver, MOST_MS);
    await waitFor(
      'the end of the connection',
      async () => (await receiver.connections()) === 0,
      MOST_MS,
    );
  });
});
