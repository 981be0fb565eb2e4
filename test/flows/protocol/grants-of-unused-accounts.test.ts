import { expect } from 'chai';

import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { grantIdOf, openGrantScene, push, type GrantScene } from './grant-scene.ts';

describe('The grant of an account that is not active', () => {
  let server: TestServer;
  let scene: GrantScene;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  const block = () =>
    server.connected.db.transaction((tx) =>
      server.connected.accounts.setStatus(tx, {
        accountId: scene.ana.accountId,
        status: 'blocked',
        reason: 'abuse',
      }),
    );
  const remove = () =>
    server.connected.deletions.delete({ accountId: scene.ana.accountId, locale: 'en' });

  for (const [name, end] of [
    ['blocked', block],
    ['deleted', remove],
  ] as const) {
    it(`cannot be queried, changed or requested when the account is ${name}`, async () => {
      scene = await openGrantScene(server);
      const grantId = grantIdOf(await scene.connect());
      const query = await scene.ownToken('grant_management_query');
      const revoke = await scene.ownToken('grant_management_revoke');
      expect((await scene.call('GET', grantId, query)).status).to.equal(200);
      await end();
      const answer = await scene.call('GET', grantId, query);
      expect(answer.status).to.equal(404);
      expect(await answer.text()).not.to.contain('email');
      expect((await scene.call('DELETE', `${grantId}/claims/email`, revoke)).status).to.equal(404);
      const { status, body } = await push(scene.app, {
        grant_management_action: 'merge',
        grant_id: grantId,
      });
      expect(status).to.equal(400);
      expect(body['error']).to.equal('invalid_grant_id');
    });
  }
});
