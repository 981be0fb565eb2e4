import { expect } from 'chai';
import * as oauth from 'openid-client';

import { settableClock, type SettableClock } from '../../support/clock.ts';
import { livesOf } from '../../support/session-lives.ts';
import {
  beginAt,
  connectApp,
  isOnConsentPage,
  type ConnectInput,
} from '../../support/people/connect-app.ts';
import { expectRefusal } from '../../support/http/oauth-refusal.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const DAY = 86_400;
const SCOPE = 'openid profile email offline_access';

describe('The duration of a consent', () => {
  let clock: SettableClock;
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;

  before(async () => {
    // Signatures and cookies use the real time, so the clock starts there.
    clock = settableClock(new Date());
    server = await startTestServer({
      clock,
      config: {
        lifetimes: {
          grant: 3_650 * DAY,
          refreshToken: 365 * DAY,
        },
        sessionLives: livesOf(365 * DAY),
      },
    });
    ana = await createPerson(server.connected, {
      values: { name: ['Ana Petrova'], birthdate: ['1990-04-01'] },
    });
  });
  after(() => server.stop());

  beforeEach(async () => {
    clock.set(new Date());
    app = await registerThirdPartyApp(server, ana.accountId, {
      requests: [
        request('name', 'essential'),
        request('email', 'voluntary'),
        request('birthdate', 'voluntary'),
      ],
    });
    visitor = visitorAt(server.url);
  });

  const connect = (
    durations: Record<string, string>,
    parameters: Record<string, string> = {},
  ): Promise<Tokens> => connectApp(input(durations, parameters));

  const input = (
    durations: Record<string, string>,
    parameters: Record<string, string> = {},
  ): ConnectInput => ({
    visitor,
    app,
    person: ana,
    parameters: { scope: SCOPE, prompt: 'consent', ...parameters },
    choices: {
      ...Object.fromEntries(
        ['name', 'email', 'birthdate'].map((claim) => [
          `claim.${claim}`,
          ana.attributeIds[claim]?.[0] ?? '',
        ]),
      ),
      ...durations,
    },
  });

  const namesSeenWith = async (tokens: { readonly access_token: string }): Promise<string[]> =>
    Object.keys(await oauth.fetchUserInfo(app.config, tokens.access_token, oauth.skipSubjectCheck))
      .filter((name) => name !== 'sub' && name !== 'updated_at')
      .toSorted();

  const refresh = (tokens: Tokens) =>
    oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? '');

  it('"once" allows one read: UserInfo, a refresh and the account API omit the value afterwards', async () => {
    const tokens = await connect({ 'duration.email': 'once' });
    expect(await namesSeenWith(tokens)).to.include('email');
    expect(await namesSeenWith(tokens)).to.deep.equal(['birthdate', 'name']);
    const fresh = await refresh(tokens);
    expect(await namesSeenWith(fresh)).to.deep.equal(['birthdate', 'name']);
    const profile = await fetch(`${server.url}/api/v1/account/profile`, {
      headers: { authorization: `Bearer ${fresh.access_token}` },
    });
    const { claims } = (await profile.json()) as { claims: Record<string, unknown> };
    expect(claims).not.to.have.any.keys('email', 'email_verified');
  });

  it('"once" allows one of twenty concurrent reads', async () => {
    const tokens = await connect({ 'duration.email': 'once' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => namesSeenWith(tokens)));
    expect(answers.filter((names) => names.includes('email'))).to.have.length(1);
  });

  it('an expired voluntary value is omitted, and other values are still released', async () => {
    const tokens = await connect({ 'duration.birthdate': '30_days' });
    clock.advance(30 * DAY - 60);
    const shortBefore = await refresh(tokens);
    expect(await namesSeenWith(shortBefore)).to.include('birthdate');
    clock.advance(120);
    expect(await namesSeenWith(shortBefore)).to.deep.equal(['email', 'email_verified', 'name']);
    const later = await refresh(shortBefore);
    expect(await namesSeenWith(later)).to.deep.equal(['email', 'email_verified', 'name']);
    await beginAt({ visitor, app, person: ana, parameters: { scope: SCOPE, prompt: 'none' } });
    expect(visitor.page.url.searchParams.get('error'), 'a silent sign-in').to.equal(null);
  });

  it('an expired essential value ends refreshing and requires a new consent', async () => {
    const tokens = await connect({ 'duration.name': '30_days' });
    clock.advance(30 * DAY + 60);
    await expectRefusal(namesSeenWith(tokens), 'invalid_token');
    await expectRefusal(refresh(tokens), 'invalid_grant');
    const silent = await app.begin(visitor, { scope: SCOPE, prompt: 'none' });
    expect(silent.answer().get('error')).to.equal('consent_required');
    await beginAt({ visitor, app, person: ana, parameters: { scope: SCOPE } });
    expect(isOnConsentPage(visitor)).to.equal(true);
  });

  it('cannot exceed the longest duration of the app, even with a changed form', async () => {
    const modest = await registerThirdPartyApp(server, ana.accountId, {
      requests: [{ ...request('name', 'essential'), longestDuration: '30_days' }],
    });
    await beginAt({ ...input({}), app: modest });
    const offered = visitor.page.document
      .querySelectorAll('[name="duration.name"] option')
      .map((option) => option.getAttribute('value'));
    expect(offered).to.deep.equal(['once', '30_days']);
    await visitor.submitForm('button[value=allow]', { 'duration.name': '1_year' });
    expect(visitor.page.status).to.equal(422);
  });
});

function request(claim: string, necessity: 'essential' | 'voluntary') {
  return {
    claim,
    necessity,
    purpose: { en: `Why we want your ${claim}` },
    longestDuration: 'until_withdrawn' as const,
  };
}
