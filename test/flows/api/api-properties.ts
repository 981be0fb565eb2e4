import { expect } from 'chai';
import fc from 'fast-check';

import { breachesOf } from '../../support/http/contract.ts';
import { apiRequests, type ApiRequest, MARKER } from './api-requests.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { type ApiRoles, createRoles, ROLES, type Role } from './api-roles.ts';

/** Settings of one run. */
export interface PropertyRun {
  readonly seed: number;
  readonly runs: number;
  /** No request starts after this time; earlier results count. */
  readonly milliseconds: number;
  /** Also sends requests that end a role; the roles are then created again. */
  readonly isThorough: boolean;
}

/** Ends the session, the consent, the app or the account of a role. */
const ENDING = new Set([
  'deleteAccount',
  'deleteAccountOfAnother',
  'deleteClient',
  'endAllSessions',
  'endConnectedApp',
  'endSession',
  'revokeGrant',
  'signOutEverywhere',
]);

interface Sent {
  readonly role: Role;
  readonly request: ApiRequest;
}

/**
 * Sends requests of any shape in every role, and compares each answer with the OpenAPI document.
 * @returns how many requests were answered by which status.
 * @throws Error with the smallest request that breaks a property.
 */
export async function checkApi(
  server: TestServer,
  { seed, runs, milliseconds, isThorough }: PropertyRun,
): Promise<ReadonlyMap<number, number>> {
  let roles = await createRoles(server);
  const statuses = new Map<number, number>();
  const spared = isThorough ? new Set<string>() : ENDING;
  const sent = fc.record({
    role: fc.constantFrom(...ROLES),
    request: apiRequests({ ids: roles.ids, spared }),
  });
  const property = fc.asyncProperty(sent, async ({ role, request }: Sent) => {
    const { operationId } = request;
    const sender = !isThorough && ENDING.has(operationId) ? 'anonymous' : role;
    const status = await checkOne(server, roles, { role: sender, request });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (isThorough && ENDING.has(operationId) && status < 300) roles = await createRoles(server);
  });
  await fc.assert(property, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: milliseconds,
    markInterruptAsFailure: false,
  });
  return statuses;
}

async function checkOne(
  server: TestServer,
  roles: ApiRoles,
  { role, request }: Sent,
): Promise<number> {
  const { method, template, params, query, body } = request;
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((params[name] ?? '').toWellFormed()),
  );
  const text = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
  const response = await roles.senders[role](`${server.url}${path}${text && `?${text}`}`, {
    method: method.toUpperCase(),
    headers: { accept: 'application/json', ...(body !== null && { 'content-type': body.type }) },
    ...(body !== null && method !== 'get' && { body: body.text.toWellFormed() }),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  const name = `${role}: ${request.operationId} ${String(response.status)}`;
  const breaches = breachesOf({
    method: method.toUpperCase(),
    path: new URL(response.url === '' ? server.url + path : response.url).pathname,
    status: response.status,
    header: (header) => response.headers.get(header) ?? undefined,
    body: answer,
  });
  expect(breaches.join('; '), name).to.equal('');
  expect(response.status, name).to.be.below(500);
  expect(response.headers.get('x-content-type-options'), name).to.equal('nosniff');
  expect(response.headers.get('cache-control'), name).to.match(/no-store/);
  expect(response.headers.get('x-request-id'), name).to.match(/^[\w-]{8,64}$/);
  const shown = answer.toString();
  if (response.status >= 400) expect(shown.includes(MARKER), `${name} reflects`).to.equal(false);
  for (const secret of roles.victim)
    expect(shown.includes(secret), `${name} contains data of the victim`).to.equal(false);
  return response.status;
}
