import { expect } from 'chai';

import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';

/** A server with an administrator who defines claims, and a person who stores values of them. */
export interface ClaimScene {
  readonly server: TestServer;
  readonly ana: TestPerson;
  readonly administrator: Visitor;
  /** Defines a claim or scope through the API, as an administrator. */
  define(what: 'claims' | 'scopes', body: object): Promise<void>;
  /** Adds a value for the signed-in person. @returns its id. */
  keep(home: Visitor, claim: string, value: unknown): Promise<string>;
}

export async function openClaimScene(): Promise<ClaimScene> {
  const server = await startTestServer();
  const ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
  const chief = await createPerson(server.connected, { isAdministrator: true });
  const administrator = await signedInVisitor(server.url, chief);
  return {
    server,
    ana,
    administrator,
    define: async (what, body) => {
      const answer = await callApi(administrator, 'POST', `${server.url}/api/v1/${what}`, body);
      expect(answer.status, await answer.clone().text()).to.equal(201);
    },
    keep: async (home, claim, value) => {
      const address = `${server.url}/api/v1/account/attributes`;
      const answer = await callApi(home, 'POST', address, { claim, value });
      expect(answer.status, await answer.clone().text()).to.equal(201);
      return ((await answer.json()) as { id: string }).id;
    },
  };
}

/** The `claims_supported` of the discovery document of a node. */
export async function announcedClaims(node: string): Promise<readonly string[]> {
  const answer = await fetch(`${node}/.well-known/openid-configuration`);
  return ((await answer.json()) as { claims_supported: string[] }).claims_supported;
}

/** The texts of a claim or a scope. */
export function words(name: string, title: string) {
  return {
    name,
    title: { en: title, ru: `${title} (ru)` },
    description: { en: `${title}, in full.`, ru: `${title}, полностью.` },
    sensitivity: 'medium',
  };
}
