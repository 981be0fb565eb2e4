import { expect } from 'chai';

import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

/** An object of Ana that can be deleted. */
interface Deletion {
  readonly name: string;
  /** @returns its address. */
  readonly make: () => Promise<string>;
  /** Status of the request of another person. */
  readonly foreignStatus: number;
}

// A client that did not receive the response repeats the request.
describe('A repeated DELETE', () => {
  let server: TestServer;
  let ana: TestPerson;
  let anaHere: Visitor;
  let borisHere: Visitor;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { isAdministrator: true });
    anaHere = await signedInVisitor(server.url, ana);
    borisHere = await signedInVisitor(server.url, await createPerson(server.connected));
  });
  after(() => server.stop());

  const api = (path: string): string => `${server.url}/api/v1${path}`;
  const post = async (path: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await callApi(anaHere, 'POST', api(path), body);
    expect(answer.status, await answer.clone().text()).to.be.oneOf([200, 201]);
    return (await answer.json()) as Record<string, unknown>;
  };

  const deletions: readonly Deletion[] = [
    {
      name: 'value',
      make: async () => {
        const { accountId } = ana;
        const input = { accountId, claim: 'nickname', value: 'Nana' };
        const { id } = await server.connected.vault.addAttribute(input);
        return api(`/account/attributes/${id}`);
      },
      foreignStatus: 404,
    },
    {
      name: 'session',
      make: async () => {
        await signedInVisitor(server.url, ana);
        const [newest] = await server.connected.sessions.list(ana.accountId);
        return api(`/account/sessions/${newest?.uid ?? ''}`);
      },
      foreignStatus: 404,
    },
    {
      name: 'app',
      make: async () => {
        const app = await registerThirdPartyApp(server, ana.accountId);
        return api(`/clients/${app.clientId}`);
      },
      foreignStatus: 404,
    },
    {
      name: 'secret of an app',
      make: async () => {
        const app = await registerThirdPartyApp(server, ana.accountId);
        const { secretId } = await post(`/clients/${app.clientId}/secrets`, {});
        return api(`/clients/${app.clientId}/secrets/${String(secretId)}`);
      },
      foreignStatus: 404,
    },
    {
      name: 'permission',
      make: async () => {
        const scope = await server.connected.scopes.defineScope({
          actorId: ana.accountId,
          name: 'test_hobbies',
          title: { en: 'Hobbies', ru: 'Увлечения' },
          description: { en: 'What you like to do', ru: 'Чем вы любите заниматься' },
          sensitivity: 'low',
          claims: ['nickname'],
        });
        return api(`/scopes/${scope.name}`);
      },
      foreignStatus: 403,
    },
  ];

  it('is tested for every DELETE operation of the API', async () => {
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, { delete?: { operationId: string } }>;
    };
    const found = Object.values(paths).flatMap(({ delete: operation }) =>
      operation === undefined ? [] : [operation.operationId],
    );
    expect(found).to.have.members([
      // Repeated in this file.
      'removeAttribute',
      'endSession',
      'deleteClient',
      'removeClientSecret',
      'retireScope',
      // In the tests of second factors and passkeys.
      'removeAuthenticator',
      'removePasskey',
      'stopRequiringSecondStep',
      'endBrowserTrust',
      // The same functions as one of them.
      'removeAvatar',
      'retireClaim',
      // Names of the caller only: deleting a missing one succeeds.
      'removeClientLogo',
      'removeAccountRecord',
      'removeRecord',
      'endConnectedApp',
      'endAllSessions',
      // Repeated in grant-management.test.ts.
      'revokeGrant',
      'relinquishClaim',
      // The session ends with the account.
      'deleteAccount',
      // The answer names the state: `account_deleted`.
      'deleteAccountOfAnother',
    ]);
  });

  for (const { name, make, foreignStatus } of deletions) {
    it(`succeeds for the ${name} of the caller; another person gets the same error before and after`, async () => {
      const address = await make();
      const call = (visitor: Visitor) => callApi(visitor, 'DELETE', address);
      const before = await call(borisHere);
      expect(before.status).to.equal(foreignStatus);
      expect((await call(anaHere)).status).to.equal(204);
      expect((await call(anaHere)).status).to.equal(204);
      const after = await call(borisHere);
      expect(after.status).to.equal(foreignStatus);
      const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
      expect(await codeOf(after)).to.equal(await codeOf(before));
    });
  }
});
