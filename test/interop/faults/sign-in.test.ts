import { expect } from 'chai';

import { push, VERIFIER } from '../../flows/protocol/grant-scene.ts';
import { answerConsent } from '../../support/people/connect-app.ts';
import { type Faults, injectFaults } from '../../support/measurement/faults.ts';
import { createPerson, signIn, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  APP_ORIGIN,
  isAtApp,
  REDIRECT_URI,
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { failEachStep, retryFetch, type Operation, type Run } from './each-step.ts';

for (const mode of ['Postgres alone', 'Redis'] as const) {
  describe(`A fault at each step of a sign-in, ${mode}`, function () {
    this.timeout(120_000);
    let server: TestServer;
    let faults: Faults;
    let ana: TestPerson;
    let boris: TestPerson;
    let carla: TestPerson;
    /** An app with a consent of Ana and of Boris. */
    let app: ThirdPartyApp;
    let signedIn: Visitor;

    before(async () => {
      server = await startTestServer({ redis: mode === 'Redis' });
      ana = await createPerson(server.connected);
      boris = await createPerson(server.connected);
      carla = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, ana.accountId);
      signedIn = browser();
      await signedIn.get('/account');
      await signIn(signedIn, ana);
      for (const person of [boris, ana]) {
        await switchTo(person);
        await answerConsent({ visitor: signedIn, app, person });
      }
      faults = injectFaults(server.connected);
    });
    after(() => server.stop());

    /** Repeats a request once after 503. */
    const browser = (): Visitor => visitorAt(server.url, { fetch: retryFetch });
    const newApp = () => registerThirdPartyApp(server, ana.accountId);
    /** Signs in as a different person. */
    const switchTo = async (person: TestPerson): Promise<SignInAttempt> => {
      const attempt = await app.begin(signedIn, { prompt: 'login' });
      await signIn(signedIn, person);
      if (!isAtApp(signedIn.page.url)) await signedIn.submitForm('form');
      return attempt;
    };
    const redeemPushed = async (app: ThirdPartyApp, code: string): Promise<number> => {
      const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
      const answer = await fetch(`${server.url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          redirect_uri: REDIRECT_URI,
          code_verifier: VERIFIER,
          code,
        }),
      });
      return answer.status;
    };
    /** Expects a code at the app that can be redeemed once. */
    const verifyCode = async (visitor: Visitor, attempt: SignInAttempt): Promise<void> => {
      expect(visitor.page.url.searchParams.get('code'), visitor.page.text).to.be.a('string');
      expect(await attempt.finish()).to.have.property('access_token');
      const refusal = await attempt.finish().catch((error: unknown) => error);
      expect(refusal).to.have.property('error', 'invalid_grant');
    };

    const signInWithConsent: Operation = {
      name: 'a sign-in with consent',
      prepare: async (): Promise<Run> => {
        // A person has a limited number of sessions, and the session of Ana must stay.
        const [visitor, unknown] = [browser(), await newApp()];
        await visitor.get('/');
        let attempt: SignInAttempt;
        return {
          send: async () => {
            attempt = await unknown.begin(visitor);
            await signIn(visitor, carla);
            await answerConsent({ visitor, app: unknown, person: carla });
            return visitor.page.status;
          },
          verify: async () => {
            await verifyCode(visitor, attempt);
            await visitor.get(`${server.url}/account/security`);
            expect(visitor.page.url.pathname).to.equal('/account/security');
          },
        };
      },
    };
    const consentToPushedRequest: Operation = {
      name: 'the consent of a signed-in person to a pushed request',
      prepare: async (): Promise<Run> => {
        const unknown = await newApp();
        const { body } = await push(unknown, { scope: 'openid profile email' });
        const parameters = new URLSearchParams({
          client_id: unknown.clientId,
          request_uri: String(body['request_uri']),
        });
        return {
          send: async () => {
            await signedIn.get(`${server.url}/auth?${parameters.toString()}`);
            await answerConsent({ visitor: signedIn, app: unknown, person: ana });
            return signedIn.page.status;
          },
          verify: async () => {
            const code = signedIn.page.url.searchParams.get('code') ?? '';
            expect(code, signedIn.page.text).not.to.equal('');
            expect(await redeemPushed(unknown, code)).to.equal(200);
            expect(await redeemPushed(unknown, code)).to.equal(400);
          },
        };
      },
    };
    const signInAgain: Operation = {
      name: 'a repeated sign-in of a signed-in person',
      prepare: async (): Promise<Run> => {
        let attempt: SignInAttempt;
        return {
          send: async () => {
            attempt = await app.begin(signedIn, { prompt: 'login' });
            await signIn(signedIn, ana);
            return signedIn.page.status;
          },
          verify: () => verifyCode(signedIn, attempt),
        };
      },
    };
    const signInAsAnother: Operation = {
      name: 'a sign-in as another person',
      prepare: async (): Promise<Run> => {
        let attempt: SignInAttempt;
        return {
          send: async () => {
            attempt = await switchTo(boris);
            return signedIn.page.status;
          },
          verify: async () => {
            await verifyCode(signedIn, attempt);
            await switchTo(ana);
          },
        };
      },
    };
    const signOut: Operation = {
      name: 'a sign-out at an app',
      prepare: async (): Promise<Run> => {
        const person = await createPerson(server.connected);
        const visitor = browser();
        await visitor.get('/account');
        await signIn(visitor, person);
        const parameters = new URLSearchParams({
          client_id: app.clientId,
          post_logout_redirect_uri: `${APP_ORIGIN}/`,
        });
        return {
          send: async () => {
            await visitor.get(`${server.url}/session/end?${parameters.toString()}`);
            await visitor.submitForm('button[value=yes]');
            return visitor.page.status;
          },
          verify: async () => {
            expect(visitor.page.url.href).to.equal(`${APP_ORIGIN}/`);
            expect(await server.connected.sessions.list(person.accountId)).to.have.length(0);
          },
        };
      },
    };
    const operations =
      mode === 'Redis'
        ? [signInWithConsent, consentToPushedRequest, signInAgain, signInAsAnother, signOut]
        : [signInWithConsent, consentToPushedRequest];
    failEachStep(() => faults, operations);
  });
}
