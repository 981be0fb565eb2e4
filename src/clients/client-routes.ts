import { Type, type Static } from 'typebox';

import { requireFresh } from '../accounts/index.ts';
import type { PersonCaller } from '../http/routing/caller.ts';
import { Nothing, route, type AnyRoute } from '../http/routing/route.ts';
import type { Clock } from '../platform/clock.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Manager } from './client.ts';
import type { ClaimRequestInput, Clients } from './clients.ts';
import {
  ClaimRequestBody,
  ClientChanges,
  ClientView,
  CreatedClientView,
  NewClient,
  presentClient,
  presentNewSecret,
} from './client-schema.ts';
import { ClientParams } from './client-path-schema.ts';

export interface ClientRouteDeps {
  readonly clients: Clients;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly clock: Clock;
}

const TAG = 'Apps';
const PATH = '/api/v1/clients';
const SCOPE = 'clients:manage';

/** The API by which developers manage their apps. Apps of others are answered like apps that do not exist. */
export function clientRoutes(deps: ClientRouteDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), createRoute(deps), ...changingRoutes(deps), deleteRoute(deps)];
}

/**
 * The manager of this request. A token reaches the apps of its person and no others, also that of an administrator: people are
 * promised that when they allow `clients:manage`.
 */
export function managerOf(caller: PersonCaller): Manager {
  const { accountId, isAdministrator, via } = caller;
  return { accountId, isAdministrator: isAdministrator && via === 'session' };
}

/**
 * The pages require a fresh proof before this; the API must not be the way around for the same session. A token has the
 * permission by name, and the program that holds it can prove nothing.
 * @throws AppError `fresh_sign_in_required`.
 */
export function requireFreshSession(clock: Clock, caller: PersonCaller): void {
  if (caller.via === 'session') requireFresh(clock.now(), caller.authenticatedAt);
}

function readingRoutes({ clients, scopes }: ClientRouteDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operationId: 'listClients',
      tag: TAG,
      summary: 'List your apps, newest first',
      access: 'person',
      scope: SCOPE,
      response: Type.Object({ clients: Type.Array(ClientView) }),
      handle: async ({ caller }) => {
        const catalogue = await scopes.catalogue();
        const owned = await clients.listOwnedBy(caller.accountId);
        return { clients: owned.map((client) => presentClient(client, catalogue)) };
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/{clientId}`,
      operationId: 'readClient',
      tag: TAG,
      summary: 'Read one of your apps',
      access: 'person',
      params: ClientParams,
      scope: SCOPE,
      response: ClientView,
      errorCodes: { 404: ['client_not_found'] },
      handle: async ({ params, caller }) =>
        presentClient(
          await clients.findManaged({ clientId: params.clientId, manager: managerOf(caller) }),
          await scopes.catalogue(),
        ),
    }),
  ];
}

function createRoute({ clients, scopes }: ClientRouteDeps): AnyRoute {
  return route({
    method: 'post',
    path: PATH,
    operationId: 'createClient',
    tag: TAG,
    summary: 'Register an app',
    description: 'The answer holds the secret; it is shown this once.',
    access: 'person',
    scope: SCOPE,
    body: NewClient,
    response: CreatedClientView,
    status: 201,
    location: ({ client }) => `${PATH}/${client.clientId}`,
    errorCodes: { 400: ['client_invalid'] },
    limit: { points: 60, perSeconds: 3_600 },
    handle: async ({ body, caller }) => {
      const { requests, ...settings } = body;
      const created = await clients.create({
        ...settings,
        ...(requests === undefined ? {} : { requests: requests.map(toRequestInput) }),
        ownerAccountId: caller.accountId,
      });
      return {
        client: presentClient(created.client, await scopes.catalogue()),
        secret: created.secret === null ? null : presentNewSecret(created.secret),
      };
    },
  });
}

function changingRoutes({ clients, scopes }: ClientRouteDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'patch',
      path: `${PATH}/{clientId}`,
      operationId: 'changeClient',
      tag: TAG,
      summary: 'Change the settings of an app',
      access: 'person',
      params: ClientParams,
      scope: SCOPE,
      body: ClientChanges,
      response: ClientView,
      errorCodes: {
        400: ['client_invalid'],
        404: ['client_not_found'],
        409: ['client_is_first_party'],
      },
      handle: async ({ params, body, caller }) =>
        presentClient(
          await clients.change({
            clientId: params.clientId,
            manager: managerOf(caller),
            changes: body,
          }),
          await scopes.catalogue(),
        ),
    }),
    route({
      method: 'put',
      path: `${PATH}/{clientId}/requests`,
      operationId: 'setClaimRequests',
      tag: TAG,
      summary: 'Say what an app asks people for, and why',
      description:
        'Replaces the whole list; its order is the order of the consent page. An essential claim needs a purpose.',
      access: 'person',
      params: ClientParams,
      scope: SCOPE,
      body: Type.Object({ requests: Type.Array(ClaimRequestBody, { maxItems: 50 }) }),
      response: ClientView,
      errorCodes: {
        400: ['requests_invalid'],
        404: ['client_not_found'],
        409: ['client_is_first_party'],
      },
      handle: async ({ params, body, caller }) =>
        presentClient(
          await clients.setRequests({
            clientId: params.clientId,
            manager: managerOf(caller),
            requests: body.requests.map(toRequestInput),
          }),
          await scopes.catalogue(),
        ),
    }),
  ];
}

function deleteRoute({ clients, clock }: ClientRouteDeps): AnyRoute {
  return route({
    method: 'delete',
    path: `${PATH}/{clientId}`,
    operationId: 'deleteClient',
    tag: TAG,
    summary: 'Delete an app and end all its tokens',
    access: 'person',
    params: ClientParams,
    scope: SCOPE,
    response: Nothing,
    errorCodes: {
      403: ['fresh_sign_in_required'],
      404: ['client_not_found'],
      409: ['client_is_first_party'],
    },
    handle: async ({ params, caller }) => {
      requireFreshSession(clock, caller);
      await clients.remove({ clientId: params.clientId, manager: managerOf(caller) });
    },
  });
}

function toRequestInput(request: Static<typeof ClaimRequestBody>): ClaimRequestInput {
  return {
    claim: request.claim,
    necessity: request.necessity,
    purpose: request.purpose ?? { en: '' },
    longestDuration: request.longestDuration ?? 'until_withdrawn',
  };
}
