import { expect } from 'chai';

import { answerConsent } from '../../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const ONE_FACTOR = 'urn:consentry:acr:one-factor';
const TWO_STEP = 'urn:consentry:acr:two-step';

/** The `sub` and the ID token of each person for one app. */
interface Subjects {
  readonly app: ThirdPartyApp;
  readonly ofAna: { readonly sub: string; readonly idToken: string };
  readonly ofBen: { readonly sub: string; readonly idToken: string };
}

describe('An app that requests a subject or an acr', () => {
  let server: TestServer;
  let ana: TestPerson;
  let ben: TestPerson;
  let open: Subjects;
  let pairwise: Subjects;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    ben = await createPerson(server.connected);
    open = await subjectsAt('public');
    pairwise = await subjectsAt('pairwise');
  });
  after(() => server?.stop());

  async function subjectsAt(subjectType: 'public' | 'pairwise'): Promise<Subjects> {
    const app = await registerThirdPartyApp(server, ana.accountId, { subjectType });
    return { app, ofAna: await subjectOf(app, ana), ofBen: await subjectOf(app, ben) };
  }

  async function subjectOf(app: ThirdPartyApp, person: TestPerson): Promise<Subjects['ofAna']> {
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, { scope: 'openid' });
    await signIn(visitor, person);
    await answerConsent({ visitor, app, person });
    const tokens = await attempt.finish();
    return { sub: tokens.claims()?.sub ?? '', idToken: tokens.id_token ?? '' };
  }

  async function signedIn(person: TestPerson | null): Promise<Visitor> {
    const visitor = visitorAt(server.url);
    if (person === null) return visitor;
    await visitor.get('/account');
    await signIn(visitor, person);
    return visitor;
  }

  /** Signs in where another person is signed in. A browser submits the second form by script; a visitor submits it here. */
  async function signInInstead(visitor: Visitor, person: TestPerson): Promise<void> {
    await signIn(visitor, person);
    await visitor.submitForm('form[data-submit]');
  }

  const essential = (acr: object): string =>
    JSON.stringify({ id_token: { acr: { essential: true, ...acr } } });

  it('finds the supported acr values in discovery', async () => {
    const answer = await fetch(`${server.url}/.well-known/openid-configuration`);
    expect(await answer.json()).to.deep.include({ acr_values_supported: [ONE_FACTOR, TWO_STEP] });
  });

  it('receives unmet_authentication_requirements without a page for an essential acr that is not supported', async () => {
    const demands = [
      { value: 'urn:consentry:acr:two-factors' },
      { value: 'https://refeds.org/profile/mfa' },
      { values: ['urn:consentry:acr:two-factors', 'phr'] },
      { values: [] },
    ];
    const visitors = [await signedIn(null), await signedIn(ana)];
    let tried = 0;
    for (const visitor of visitors) {
      for (const demand of demands) {
        for (const prompt of ['', 'none', 'create']) {
          const parameters = { claims: essential(demand), ...(prompt === '' ? {} : { prompt }) };
          const attempt = await open.app.begin(visitor, { scope: 'openid', ...parameters });
          const name = `${JSON.stringify(parameters)} ${visitor.page.url.pathname}`;
          expect(attempt.answer().get('error'), name).to.equal('unmet_authentication_requirements');
          tried += 1;
        }
      }
    }
    expect(tried).to.equal(24);
  });

  it('gets its code for an acr that is supported or not essential', async () => {
    const visitor = await signedIn(ana);
    const requests = [
      essential({ value: ONE_FACTOR }),
      essential({ values: ['phr', ONE_FACTOR] }),
      essential({}),
      JSON.stringify({ id_token: { acr: { value: 'phr' } } }),
      JSON.stringify({ id_token: { acr: null } }),
    ];
    for (const claims of requests) {
      const attempt = await open.app.begin(visitor, { scope: 'openid', claims });
      const tokens = await attempt.finish();
      expect(tokens.claims()?.['acr'], claims).to.equal(ONE_FACTOR);
    }
  });

  it('receives invalid_request for acr values that are not a list', async () => {
    const attempt = await open.app.begin(await signedIn(ana), {
      scope: 'openid',
      claims: essential({ values: ONE_FACTOR }),
    });
    expect(attempt.answer().get('error')).to.equal('invalid_request');
  });

  /** The two ways in which a request names a person. */
  const naming = ({ sub, idToken }: Subjects['ofBen']): readonly Record<string, string>[] => [
    { id_token_hint: idToken },
    { claims: JSON.stringify({ id_token: { sub: { value: sub } } }) },
  ];

  const eachNamingOfBen = async (
    check: (app: ThirdPartyApp, parameters: Record<string, string>) => Promise<void>,
  ): Promise<void> => {
    let tried = 0;
    for (const { app, ofBen } of [open, pairwise]) {
      for (const parameters of naming(ofBen)) {
        await check(app, { scope: 'openid', ...parameters });
        tried += 1;
      }
    }
    expect(tried).to.equal(4);
  };

  it('receives login_required when another person signs in than the requested one', async () => {
    await eachNamingOfBen(async (app, parameters) => {
      for (const present of [null, ana]) {
        const visitor = await signedIn(present);
        const attempt = await app.begin(visitor, parameters);
        await signIn(visitor, ana);
        expect(attempt.answer().get('error'), JSON.stringify(parameters)).to.equal(
          'login_required',
        );
        expect(attempt.answer().get('code')).to.equal(null);
      }
    });
  });

  it('receives login_required with prompt=none when another person is signed in', async () => {
    await eachNamingOfBen(async (app, parameters) => {
      const attempt = await app.begin(await signedIn(ana), { ...parameters, prompt: 'none' });
      expect(attempt.answer().get('error')).to.equal('login_required');
    });
  });

  it('gets its code when the requested person signs in instead of the present one', async () => {
    await eachNamingOfBen(async (app, parameters) => {
      const visitor = await signedIn(ana);
      const attempt = await app.begin(visitor, parameters);
      expect(visitor.page.body).not.to.contain(ana.email);
      expect(visitor.page.document.querySelector('h1')?.text).to.equal('Use another account');
      await signInInstead(visitor, ben);
      const { ofBen } = app === open.app ? open : pairwise;
      expect((await attempt.finish()).claims()?.sub).to.equal(ofBen.sub);
    });
  });

  it('gets its code without a page when the requested person is signed in', async () => {
    await eachNamingOfBen(async (app, parameters) => {
      const attempt = await app.begin(await signedIn(ben), { ...parameters, prompt: 'none' });
      expect(attempt.answer().has('code')).to.equal(true);
    });
  });

  it('receives login_required for the subject that another app has for the person', async () => {
    const visitor = await signedIn(null);
    const claims = JSON.stringify({ id_token: { sub: { value: open.ofBen.sub } } });
    const attempt = await pairwise.app.begin(visitor, { scope: 'openid', claims });
    await signIn(visitor, ben);
    expect(attempt.answer().get('error')).to.equal('login_required');
  });
});
