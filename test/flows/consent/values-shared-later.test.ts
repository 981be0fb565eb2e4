import { expect } from 'chai';
import * as oauth from 'openid-client';

import { connectApp, type ConnectInput } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';

describe('A value shared after the sign-in', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: { name: ['Ana Petrova'], birthdate: ['1990-04-01'] },
    });
  });
  after(() => server.stop());
  beforeEach(async () => {
    app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      requests: ['name', 'email', 'birthdate'].map((claim) => ({
        claim,
        necessity: 'voluntary' as const,
        purpose: { en: `Why ${claim}` },
        longestDuration: 'until_withdrawn' as const,
      })),
    });
  });

  const connect = (scope: string, choices: Record<string, string>): Promise<Tokens> => {
    const input: ConnectInput = {
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope, prompt: 'consent' },
      choices,
    };
    return connectApp(input);
  };
  const id = (claim: string): string => ana.attributeIds[claim]?.[0] ?? '';
  const seenWith = async (tokens: { readonly access_token: string }): Promise<string[]> =>
    Object.keys(
      await oauth.fetchUserInfo(app.config, tokens.access_token, oauth.skipSubjectCheck),
    ).filter((name) => name !== 'sub' && name !== 'updated_at');
  const change = (claim: string, choice: string) =>
    server.connected.consents.changeItem({
      accountId: ana.accountId,
      clientId: app.clientId,
      claim,
      choice,
      locale: 'en',
    });

  it('is in the next UserInfo response for a token whose whole scope was refused', async () => {
    const tokens = await connect('openid profile email offline_access', {
      'claim.name': id('name'),
    });
    expect(tokens.scope?.split(' ')).to.have.members(['openid', 'profile', 'offline_access']);
    expect(await seenWith(tokens)).to.deep.equal(['name']);
    await change('email', id('email'));
    expect(await seenWith(tokens)).to.have.members(['name', 'email', 'email_verified']);
    const refreshed = await oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? '');
    expect(refreshed.scope?.split(' ')).to.have.members([
      'openid',
      'profile',
      'email',
      'offline_access',
    ]);
    await change('email', 'refuse');
    expect(await seenWith(refreshed)).to.deep.equal(['name']);
    const state = await oauth.tokenIntrospection(app.config, refreshed.access_token);
    expect(state.scope?.split(' ')).not.to.include('email');
  });

  it('is not released to a token without the requested scope', async () => {
    const wide = await connect('openid profile email', { 'claim.name': id('name') });
    const visitor = visitorAt(server.url);
    const narrow = await connectApp({
      visitor,
      app,
      person: ana,
      parameters: { scope: 'openid profile' },
      choices: {},
    });
    await change('email', id('email'));
    expect(await seenWith(narrow)).to.deep.equal(['name']);
    expect(await seenWith(wide)).to.include('email');
  });

  it('is not released to an app that has dropped the claim from its requests', async () => {
    const tokens = await connect('openid profile email', { 'claim.name': id('name') });
    await change('email', id('email'));
    const manager = { accountId: ana.accountId, isAdministrator: false };
    const client = await server.connected.clients.find(app.clientId);
    await server.connected.clients.setRequests({
      clientId: app.clientId,
      manager,
      requests: (client?.requests ?? []).filter(({ claim }) => claim !== 'email'),
    });
    expect(await seenWith(tokens)).to.deep.equal(['name']);
    // Requesting it again does not restore the earlier decision.
    await server.connected.clients.setRequests({
      clientId: app.clientId,
      manager,
      requests: client?.requests ?? [],
    });
    expect(await seenWith(tokens)).to.deep.equal(['name']);
    // The claim needs a decision on the consent page, so this change is refused.
    const failure = await change('email', id('email')).catch((error: unknown) => error);
    expect(failure).to.include({ code: 'claim_not_requested' });
    expect(await seenWith(tokens)).to.deep.equal(['name']);
    const consented = await connect('openid profile email', {
      'claim.name': id('name'),
      'claim.email': id('email'),
    });
    expect(await seenWith(consented)).to.include('email');
  });
});
