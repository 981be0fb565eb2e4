import type { AddressInfo } from 'node:net';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import { appAt } from '../../support/people/app-calls.ts';
import { beginAt, connectApp, isOnConsentPage } from '../../support/people/connect-app.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';
import { grantIdOf, openGrantScene, type GrantScene } from './grant-scene.ts';

describe('Grant management', () => {
  let server: TestServer;
  let scene: GrantScene;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  beforeEach(async () => {
    scene = await openGrantScene(server);
  });

  describe('the grant id', () => {
    it('is in every token response and stays the same as long as the consent', async () => {
      const first = await scene.connect();
      expect(grantIdOf(first)).to.match(/^[0-9a-f]{64}$/);
      const refreshed = await oauth.refreshTokenGrant(scene.app.config, first.refresh_token ?? '');
      expect(grantIdOf(refreshed)).to.equal(grantIdOf(first));
      const second = await connectApp(scene.input());
      expect(grantIdOf(second)).to.equal(grantIdOf(first));
      const consent = await server.connected.consents.find({
        accountId: scene.ana.accountId,
        clientId: scene.app.clientId,
      });
      expect(grantIdOf(first)).not.to.equal(consent?.id);
    });

    it('is different for a new consent', async () => {
      const first = await scene.connect();
      await scene.end();
      const second = await scene.connect();
      expect(grantIdOf(second)).not.to.equal(grantIdOf(first));
    });

    it('is not returned to a public client', async () => {
      const other = await registerThirdPartyApp(server, scene.ana.accountId, {
        applicationType: 'single_page',
        scopes: ['openid', 'profile', 'email', 'offline_access'],
      });
      const open = scene.withApp(other);
      expect(await open.connect({ scope: 'openid profile' })).not.to.have.property('grant_id');
      const refusal = await open.refusalOf({ grant_management_action: 'create' });
      expect(refusal).to.equal('invalid_request');
    });

    it('is announced in discovery', () => {
      const metadata = scene.app.config.serverMetadata() as Record<string, unknown>;
      expect(metadata['grant_management_endpoint']).to.equal(`${server.url}/grants`);
      expect(metadata['grant_management_action_required']).to.equal(false);
      expect(metadata['grant_management_actions_supported']).to.have.members([
        'query',
        'revoke',
        'create',
        'merge',
        'replace',
      ]);
    });
  });

  describe('the status of a grant', () => {
    it('contains the scopes and claims that the person currently allows', async () => {
      const tokens = await scene.connect();
      const status = await scene.query(grantIdOf(tokens));
      expect(status.claims).to.have.members(['name', 'email', 'email_verified']);
      expect(status.scopes.map(({ scope }) => scope).join(' ')).to.contain('offline_access');
      await server.connected.consents.changeItem({
        accountId: scene.ana.accountId,
        clientId: scene.app.clientId,
        claim: 'email',
        choice: 'refuse',
        locale: 'en',
      });
      expect((await scene.query(grantIdOf(tokens))).claims).to.deep.equal(['name']);
    });

    it('is refused without a token of the app with the required scope', async () => {
      const tokens = await scene.connect();
      const grantId = grantIdOf(tokens);
      for (const token of [undefined, 'nonsense', tokens.access_token]) {
        const answer = await scene.call('GET', grantId, token);
        expect(answer.status, String(token)).to.equal(401);
        expect(answer.headers.get('www-authenticate')).to.contain('error="invalid_token"');
      }
      const revoking = await scene.ownToken('grant_management_revoke');
      expect((await scene.call('GET', grantId, revoking)).status).to.equal(403);
      const querying = await scene.ownToken('grant_management_query');
      expect((await scene.call('DELETE', grantId, querying)).status).to.equal(403);
      expect((await scene.call('DELETE', `${grantId}/claims/email`, querying)).status).to.equal(
        403,
      );
      expect(await scene.claimsSeenWith(tokens)).to.include('email');
    });

    it('is not found by another app, which cannot revoke it either', async () => {
      const tokens = await scene.connect();
      const grantId = grantIdOf(tokens);
      const other = await registerThirdPartyApp(server, scene.ana.accountId, { name: 'Library' });
      const token = await scene
        .withApp(other)
        .ownToken('grant_management_query grant_management_revoke');
      const paths = [
        ['GET', grantId],
        ['DELETE', grantId],
        ['DELETE', `${grantId}/claims/email`],
        ['GET', 'f'.repeat(64)],
      ] as const;
      for (const [method, path] of paths) {
        const answer = await scene.call(method, path, token);
        expect(answer.status, `${method} ${path}`).to.equal(404);
        expect(await answer.json()).to.have.property('code', 'grant_not_found');
      }
      expect(await scene.claimsSeenWith(tokens)).to.include('email');
    });

    it('requires a token that is valid at no other endpoint', async () => {
      for (const scope of ['', 'openid', 'account:read', 'email']) {
        const answer = await fetch(`${server.url}/token`, {
          method: 'POST',
          headers: {
            authorization: `Basic ${Buffer.from(`${scene.app.clientId}:${scene.app.clientSecret}`).toString('base64')}`,
          },
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            ...(scope === '' ? {} : { scope }),
          }),
        });
        expect(answer.status, scope).to.equal(400);
        expect(await answer.json()).to.have.property('error', 'unauthorized_client');
      }
      const token = await scene.ownToken('grant_management_query email');
      for (const path of ['/userinfo', '/api/v1/account', '/api/v1/account/receipts']) {
        const answer = await fetch(`${server.url}${path}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        expect(answer.status, path).to.equal(401);
      }
    });
  });

  describe('an app that relinquishes claims', () => {
    it('can no longer read that claim and needs a new consent', async () => {
      const tokens = await scene.connect();
      const grantId = grantIdOf(tokens);
      const token = await scene.ownToken('grant_management_revoke');
      expect((await scene.call('DELETE', `${grantId}/claims/email`, token)).status).to.equal(204);
      expect(await scene.claimsSeenWith(tokens))
        .to.include('name')
        .and.not.include('email');
      expect((await scene.query(grantId)).claims).to.deep.equal(['name']);
      // A repeated request, as after a lost response.
      expect((await scene.call('DELETE', `${grantId}/claims/email`, token)).status).to.equal(204);
      const other = await scene.call('DELETE', `${grantId}/claims/birthdate`, token);
      expect(other.status).to.equal(404);
      expect(await other.json()).to.have.property('code', 'claim_not_granted');
      expect(await scene.refusalOf({ prompt: 'none' })).to.equal('consent_required');
      await beginAt(scene.input());
      expect(isOnConsentPage(scene.visitor)).to.equal(true);
    });

    it('cannot read the claim at another node within a second', async () => {
      const other = await startTestServer({
        databaseUrl: server.databaseUrl,
        config: { issuer: server.url },
      });
      try {
        const tokens = await scene.connect();
        const port = String((other.server.address() as AddressInfo).port);
        const there = appAt(`http://127.0.0.1:${port}`, scene.app);
        const seenThere = async () => (await there.userinfo(tokens.access_token)).body;
        expect(await seenThere()).to.include.keys('email');
        const token = await scene.ownToken('grant_management_revoke');
        await scene.call('DELETE', `${grantIdOf(tokens)}/claims/email`, token);
        const relinquishedAt = Date.now();
        while ('email' in (await seenThere()))
          expect(Date.now() - relinquishedAt).to.be.below(1_000);
        expect(Date.now() - relinquishedAt).to.be.below(1_000);
      } finally {
        await other.stop();
      }
    });

    it('is shown on its page, in the history and with a receipt', async () => {
      const tokens = await scene.connect();
      const token = await scene.ownToken('grant_management_revoke');
      await scene.call('DELETE', `${grantIdOf(tokens)}/claims/email`, token);
      for (const path of [`/account/apps/${scene.app.clientId}`, '/account/history']) {
        await scene.visitor.get(`${server.url}${path}`);
        expect(scene.visitor.page.text, path).to.contain('Bookshop gave up access');
        expect(scene.visitor.page.text, path).to.contain('Given back: e-mail');
      }
      await scene.visitor.get(`${server.url}/account/receipts`);
      await scene.visitor.follow('.timeline-sentence a');
      expect(scene.visitor.page.text).to.contain('Bookshop gave up access');
      expect(scene.visitor.page.text).to.contain('Nothing has changed since then');
    });

    it('can relinquish everything: tokens, codes and the app entry are gone', async () => {
      const tokens = await scene.connect();
      const pending = await beginAt(scene.input());
      const grantId = grantIdOf(tokens);
      const token = await scene.ownToken('grant_management_revoke grant_management_query');
      const answer = await scene.call('DELETE', grantId, token);
      expect(answer.status).to.equal(204);
      expect(await answer.text()).to.equal('');
      expect(await scene.claimsSeenWith(tokens)).to.deep.equal(['refused']);
      expect(await scene.isRefreshRefused(tokens)).to.equal(true);
      const error = await pending.finish().then(
        () => null,
        (cause: unknown) => cause,
      );
      expect((error as { error?: string } | null)?.error).to.equal('invalid_grant');
      expect((await scene.call('GET', grantId, token)).status).to.equal(404);
      // An app that did not receive the response repeats its request (RFC 9110 §9.2.2).
      expect((await scene.call('DELETE', grantId, token)).status).to.equal(204);
      await scene.visitor.get(`${server.url}/account/apps`);
      const { document } = scene.visitor.page;
      expect(document.querySelector(`a[href="/account/apps/${scene.app.clientId}/end"]`)).to.equal(
        null,
      );
      await scene.visitor.get(`${server.url}/account/history`);
      expect(scene.visitor.page.text).to.contain('Bookshop gave up access');
    });

    it('is refused once suspended, also with an older token', async () => {
      const tokens = await scene.connect();
      const token = await scene.ownToken('grant_management_revoke');
      await server.connected.clients.setStatus({
        clientId: scene.app.clientId,
        status: 'suspended',
        manager: { accountId: scene.ana.accountId, isAdministrator: false },
      });
      const answer = await scene.call('DELETE', `${grantIdOf(tokens)}/claims/email`, token);
      expect(answer.status).to.equal(401);
    });
  });
});
