import { expect } from 'chai';

import { grantIdOf, openGrantScene } from '../../flows/protocol/grant-scene.ts';
import { callApi } from '../../support/people/console-visitor.ts';
import { type Faults, injectFaults } from '../../support/measurement/faults.ts';
import { PASSWORD, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { failEachStep, retryFetch, type Operation, type Run } from './each-step.ts';
import { openPeopleScene, type PeopleScene } from './people-scene.ts';

const NEW_PASSWORD = 'seven herons count the evening trains';

describe('A fault at each step of an operation on an account or an app', function () {
  this.timeout(120_000);
  let server: TestServer;
  let faults: Faults;
  let people: PeopleScene;
  let ana: TestPerson;
  let anaHere: Visitor;
  /** An app that has a grant. */
  let scene: Awaited<ReturnType<typeof openGrantScene>>;

  before(async () => {
    server = await startTestServer({ redis: true });
    people = openPeopleScene(server);
    ({ person: ana, visitor: anaHere } = await people.addPerson());
    scene = await openGrantScene(server);
    faults = injectFaults(server.connected);
  });
  after(() => server.stop());

  const api = (path: string): string => `${server.url}/api/v1${path}`;
  const isAlive = async (accessToken: string): Promise<boolean> => {
    const answer = await fetch(`${server.url}/userinfo`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(answer.status).to.be.oneOf([200, 401]);
    return answer.status === 200;
  };
  const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status;
  const newApp = () => registerThirdPartyApp(server, ana.accountId);

  const operations: readonly Operation[] = [
    {
      name: 'a sign-out everywhere',
      prepare: async (): Promise<Run> => {
        const { visitor } = await people.addPerson();
        return {
          send: () => statusOf(callApi(visitor, 'POST', api('/account/sign-out-everywhere'))),
          verify: async () => {
            expect(await people.isSignedIn(visitor)).to.equal(false);
          },
        };
      },
    },
    {
      name: 'the end of the other sessions',
      prepare: async (): Promise<Run> => {
        const { person, visitor } = await people.addPerson();
        const there = people.browser();
        expect(await people.signInAt(there, person.email, PASSWORD)).to.equal(true);
        return {
          send: () =>
            statusOf(callApi(visitor, 'DELETE', api('/account/sessions?keepCurrent=true'))),
          verify: async () => {
            expect(await people.isSignedIn(there)).to.equal(false);
            expect(await people.isSignedIn(visitor)).to.equal(true);
          },
        };
      },
    },
    {
      name: 'the end of one session',
      prepare: async (): Promise<Run> => {
        const { person, visitor } = await people.addPerson();
        const there = people.browser();
        expect(await people.signInAt(there, person.email, PASSWORD)).to.equal(true);
        const [newest] = await server.connected.sessions.list(person.accountId);
        return {
          send: () =>
            statusOf(callApi(visitor, 'DELETE', api(`/account/sessions/${newest?.uid ?? ''}`))),
          verify: async () => {
            expect(await people.isSignedIn(there)).to.equal(false);
            expect(await people.isSignedIn(visitor)).to.equal(true);
          },
        };
      },
    },
    {
      name: 'a change of the password',
      prepare: async (): Promise<Run> => {
        const { person, visitor } = await people.addPerson();
        const there = people.browser();
        expect(await people.signInAt(there, person.email, PASSWORD)).to.equal(true);
        const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
        return {
          send: () => statusOf(callApi(visitor, 'PUT', api('/account/password'), body)),
          verify: async () => {
            expect(await people.isSignedIn(there)).to.equal(false);
            expect(await people.isSignedIn(visitor)).to.equal(true);
            expect(await people.signInAt(people.browser(), person.email, PASSWORD)).to.equal(false);
            expect(await people.signInAt(people.browser(), person.email, NEW_PASSWORD)).to.equal(
              true,
            );
          },
        };
      },
    },
    {
      name: 'a reset of the password by code',
      prepare: async (): Promise<Run> => {
        const { person, visitor: there } = await people.addPerson();
        const visitor = await people.beginAt('forgot');
        await visitor.submitForm('form[action$="/forgot"]', { identifier: person.email });
        const code = await people.inMail(person.email, 'code');
        return {
          send: async () => {
            const typed = { code, newPassword: NEW_PASSWORD };
            return (await visitor.submitForm('form[action*="/reset/"]', typed)).status;
          },
          verify: async () => {
            expect(await people.isSignedIn(there)).to.equal(false);
            expect(visitor.page.url.pathname).to.match(/\/sign-in$/);
            expect(await people.signInAt(people.browser(), person.email, NEW_PASSWORD)).to.equal(
              true,
            );
          },
        };
      },
    },
    {
      name: 'the deletion of an account',
      prepare: async (): Promise<Run> => {
        const { person, visitor } = await people.addPerson();
        return {
          send: () => statusOf(callApi(visitor, 'DELETE', api('/account'))),
          verify: async () => {
            expect(await people.isSignedIn(visitor)).to.equal(false);
            const account = await server.connected.accounts.find(person.accountId);
            expect(account).to.have.property('status', 'deleted');
          },
        };
      },
    },
    {
      name: 'the restoration of an account',
      prepare: async (): Promise<Run> => {
        const { person, visitor } = await people.addPerson();
        expect((await callApi(visitor, 'DELETE', api('/account'))).status).to.equal(200);
        await people.signInAt(visitor, person.email, PASSWORD);
        return {
          send: async () => (await visitor.submitForm('form[action$="/restore"]')).status,
          verify: async () => {
            expect(visitor.page.url.pathname, visitor.page.text).to.equal('/account');
            const account = await server.connected.accounts.find(person.accountId);
            expect(account).to.have.property('status', 'active');
          },
        };
      },
    },
    {
      name: 'a new secret of an app',
      prepare: async (): Promise<Run> => {
        const app = await newApp();
        const address = api(`/clients/${app.clientId}/secrets`);
        let secret = '';
        return {
          send: async () => {
            const answer = await callApi(anaHere, 'POST', address, {});
            secret = String(((await answer.json()) as { secret?: string }).secret);
            return answer.status;
          },
          verify: async () => {
            const answer = await fetch(`${server.url}/token`, {
              method: 'POST',
              headers: {
                authorization: `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString('base64')}`,
              },
              body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'none' }),
            });
            expect(await answer.json()).to.have.property('error', 'invalid_grant');
            const listed = await callApi(anaHere, 'GET', address);
            const { secrets } = (await listed.json()) as { secrets: unknown[] };
            expect(secrets).to.have.length(2);
          },
        };
      },
    },
    {
      name: 'the deletion of an app',
      prepare: async (): Promise<Run> => {
        const app = await newApp();
        const address = api(`/clients/${app.clientId}`);
        return {
          send: () => statusOf(callApi(anaHere, 'DELETE', address)),
          verify: async () => {
            expect((await callApi(anaHere, 'GET', address)).status).to.equal(404);
          },
        };
      },
    },
    {
      name: 'a change of a consent by the person',
      prepare: async (): Promise<Run> => {
        const tokens = await scene.connect();
        const address = api(`/account/apps/${scene.app.clientId}/items/email`);
        const { visitor } = scene;
        return {
          send: () => statusOf(retryApi(visitor, 'PATCH', address, { attributeId: null })),
          verify: async () => {
            expect(await scene.claimsSeenWith(tokens)).to.not.include('email');
            await scene.end();
          },
        };
      },
    },
    {
      name: 'a claim that the app relinquishes',
      prepare: async (): Promise<Run> => {
        const tokens = await scene.connect();
        const token = await scene.ownToken('grant_management_revoke');
        const address = `${server.url}/grants/${grantIdOf(tokens)}/claims/email`;
        return {
          send: () =>
            statusOf(
              retryFetch(address, {
                method: 'DELETE',
                headers: { authorization: `Bearer ${token}` },
              }),
            ),
          verify: async () => {
            expect(await scene.claimsSeenWith(tokens)).to.not.include('email');
            expect(await isAlive(tokens.access_token)).to.equal(true);
            await scene.end();
          },
        };
      },
    },
  ];
  /** Repeats the request, because the visitor of a grant scene does not. */
  const retryApi = async (
    visitor: Visitor,
    method: 'PATCH',
    address: string,
    body: unknown,
  ): Promise<Response> => {
    const first = await callApi(visitor, method, address, body);
    return first.status === 503 ? callApi(visitor, method, address, body) : first;
  };
  failEachStep(() => faults, operations);
});
