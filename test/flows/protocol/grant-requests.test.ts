import { expect } from 'chai';

import { appAt } from '../../support/people/app-calls.ts';
import {
  answerConsent,
  beginAt,
  isOnConsentPage,
  type ConnectInput,
} from '../../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type Tokens } from '../../support/people/third-party-app.ts';
import {
  grantIdOf,
  NARROW,
  openGrantScene,
  push,
  SCOPE,
  VERIFIER,
  type GrantScene,
} from './grant-scene.ts';

describe('Grant management parameters', () => {
  let server: TestServer;
  let scene: GrantScene;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  beforeEach(async () => {
    scene = await openGrantScene(server);
  });

  describe('of an authorization request', () => {
    const wrong: readonly (readonly [string, Record<string, string>, string])[] = [
      ['a grant without an action', { grant_id: 'x' }, 'invalid_request'],
      ['an unknown action', { grant_management_action: 'update' }, 'invalid_request'],
      ['replace without a grant', { grant_management_action: 'replace' }, 'invalid_request'],
      ['merge without a grant', { grant_management_action: 'merge' }, 'invalid_request'],
      [
        'create with a grant',
        { grant_management_action: 'create', grant_id: 'x' },
        'invalid_request',
      ],
      [
        'an unknown grant',
        { grant_management_action: 'merge', grant_id: 'f'.repeat(64) },
        'invalid_grant_id',
      ],
    ];
    for (const [what, parameters, error] of wrong) {
      it(`are refused with ${what}, at the authorization endpoint and when pushed`, async () => {
        expect(await scene.refusalOf(parameters)).to.equal(error);
        const pushed = await push(scene.app, parameters);
        expect(pushed.status).to.equal(400);
        expect(pushed.body).to.have.property('error', error);
      });
    }

    it('are refused with the grant of another app', async () => {
      const grant_id = grantIdOf(await scene.connect());
      const other = await registerThirdPartyApp(server, scene.ana.accountId, { name: 'Library' });
      for (const grant_management_action of ['merge', 'replace']) {
        const refusal = await scene.withApp(other).refusalOf({ grant_management_action, grant_id });
        expect(refusal).to.equal('invalid_grant_id');
      }
    });

    it('are refused when the grant belongs to another person', async () => {
      const grant_id = grantIdOf(await scene.connect());
      const eve = await createPerson(server.connected, { values: { name: ['Eve'] } });
      const other = visitorAt(server.url);
      await scene.app.begin(other, { scope: SCOPE, grant_management_action: 'replace', grant_id });
      await signIn(other, eve);
      expect(other.page.url.searchParams.get('error')).to.equal('invalid_grant_id');
      expect(
        await server.connected.consents.find({
          accountId: eve.accountId,
          clientId: scene.app.clientId,
        }),
      ).to.equal(null);
      expect((await scene.query(grant_id)).claims).to.include('email');
    });

    it('are refused with a grant that the person has ended', async () => {
      const grant_id = grantIdOf(await scene.connect());
      await scene.end();
      for (const grant_management_action of ['merge', 'replace']) {
        expect(await scene.refusalOf({ grant_management_action, grant_id })).to.equal(
          'invalid_grant_id',
        );
      }
      const token = await scene.ownToken('grant_management_query');
      expect((await scene.call('GET', grant_id, token)).status).to.equal(404);
    });

    it('create no consent when the grant is ended while the page is open', async () => {
      const grant_id = grantIdOf(await scene.connect());
      await beginAt(scene.input({ grant_management_action: 'replace', grant_id }));
      await scene.end();
      await scene.visitor.submitForm('button[value=allow]', scene.input().choices);
      expect(scene.visitor.page.url.searchParams.get('code')).to.equal(null);
      expect(
        await server.connected.consents.find({
          accountId: scene.ana.accountId,
          clientId: scene.app.clientId,
        }),
      ).to.equal(null);
    });
  });

  describe('replace', () => {
    it('shows the page, keeps only the requested claims, and ends earlier tokens', async () => {
      const before = await scene.connect();
      const grant_id = grantIdOf(before);
      const replacing = scene.input({
        scope: NARROW,
        grant_management_action: 'replace',
        grant_id,
        prompt: 'consent',
      });
      const attempt = await beginAt(replacing);
      expect(isOnConsentPage(scene.visitor)).to.equal(true);
      expect(await isStillGood(scene, before)).to.equal(true);
      await answerConsent(replacing);
      expect(await scene.claimsSeenWith(before)).to.deep.equal(['refused']);
      expect(await scene.isRefreshRefused(before)).to.equal(true);
      const after = await attempt.finish();
      expect(grantIdOf(after)).to.equal(grant_id);
      expect((await scene.query(grant_id)).claims).to.deep.equal(['name']);
      expect(await scene.claimsSeenWith(after)).not.to.include('email');
      expect(await scene.isRefreshRefused(after)).to.equal(false);
    });

    it('changes nothing when the person denies it', async () => {
      const before = await scene.connect();
      const grant_id = grantIdOf(before);
      await beginAt(scene.input({ scope: NARROW, grant_management_action: 'replace', grant_id }));
      await scene.visitor.submitForm('button[value=deny]');
      expect(scene.visitor.page.url.searchParams.get('error')).to.equal('access_denied');
      expect(await scene.claimsSeenWith(before)).to.include('email');
    });

    it('is refused in a silent request', async () => {
      const grant_id = grantIdOf(await scene.connect());
      const silent = { grant_management_action: 'replace', grant_id, prompt: 'none' };
      expect(await scene.refusalOf(silent)).to.equal('consent_required');
    });
  });

  describe('merge', () => {
    it('adds the allowed claims, keeps the others, and ends earlier tokens', async () => {
      const before = await scene.connect();
      const grant_id = grantIdOf(before);
      const adding: ConnectInput = {
        ...scene.input({ scope: 'openid phone', grant_management_action: 'merge', grant_id }),
        choices: { 'claim.phone_number': scene.ana.attributeIds['phone_number']?.[0] ?? '' },
      };
      const attempt = await beginAt(adding);
      expect(isOnConsentPage(scene.visitor)).to.equal(true);
      await answerConsent(adding);
      const after = await attempt.finish();
      expect(grantIdOf(after)).to.equal(grant_id);
      expect((await scene.query(grant_id)).claims).to.include.members([
        'name',
        'email',
        'phone_number',
      ]);
      expect(await scene.isRefreshRefused(before)).to.equal(true);
      expect(await scene.claimsSeenWith(before)).to.deep.equal(['refused']);
      expect(await scene.claimsSeenWith(after)).to.include('phone_number');
    });

    it('adds nothing in a silent request', async () => {
      const grant_id = grantIdOf(await scene.connect());
      const silent = {
        scope: 'openid phone',
        grant_management_action: 'merge',
        grant_id,
        prompt: 'none',
      };
      expect(await scene.refusalOf(silent)).to.equal('consent_required');
      expect((await scene.query(grant_id)).claims).not.to.include('phone_number');
    });

    it('shows no page when nothing is new, and still ends earlier tokens', async () => {
      const before = await scene.connect();
      const attempt = await beginAt(
        scene.input({ grant_management_action: 'merge', grant_id: grantIdOf(before) }),
      );
      expect(isOnConsentPage(scene.visitor)).to.equal(false);
      const after = await attempt.finish();
      expect(await scene.isRefreshRefused(before)).to.equal(true);
      expect(await scene.claimsSeenWith(after)).to.include('email');
    });

    it('ends no tokens before the code is redeemed', async () => {
      const before = await scene.connect();
      await beginAt(scene.input({ grant_management_action: 'merge', grant_id: grantIdOf(before) }));
      expect(scene.visitor.page.url.searchParams.get('code')).to.be.a('string');
      expect(await scene.isRefreshRefused(before)).to.equal(false);
    });
  });

  describe('create', () => {
    it('shows the page, returns a new grant id, and ends the earlier grant', async () => {
      const before = await scene.connect();
      const creating = scene.input({ scope: NARROW, grant_management_action: 'create' });
      const attempt = await beginAt(creating);
      expect(isOnConsentPage(scene.visitor)).to.equal(true);
      await answerConsent(creating);
      const after = await attempt.finish();
      expect(grantIdOf(after)).not.to.equal(grantIdOf(before));
      expect((await scene.query(grantIdOf(after))).claims).to.deep.equal(['name']);
      const token = await scene.ownToken('grant_management_query');
      expect((await scene.call('GET', grantIdOf(before), token)).status).to.equal(404);
      expect(await scene.isRefreshRefused(before)).to.equal(true);
      expect(
        await scene.refusalOf({ grant_management_action: 'merge', grant_id: grantIdOf(before) }),
      ).to.equal('invalid_grant_id');
    });

    it('works in a pushed request of an app without a grant', async () => {
      const pushed = await push(scene.app, { scope: SCOPE, grant_management_action: 'create' });
      expect(pushed.status, JSON.stringify(pushed.body)).to.equal(201);
      await scene.visitor.get(
        `${server.url}/auth?${new URLSearchParams({
          client_id: scene.app.clientId,
          request_uri: String(pushed.body['request_uri']),
        }).toString()}`,
      );
      await signIn(scene.visitor, scene.ana);
      await answerConsent(scene.input());
      const code = scene.visitor.page.url.searchParams.get('code') ?? '';
      const answer = await appAt(server.url, scene.app).redeem(code, VERIFIER);
      expect(answer.body['grant_id']).to.match(/^[0-9a-f]{64}$/);
    });
  });
});

async function isStillGood({ claimsSeenWith }: GrantScene, tokens: Tokens): Promise<boolean> {
  return (await claimsSeenWith(tokens)).includes('email');
}
