import { Type, type Static } from 'typebox';

import { requireFresh } from '../accounts/index.ts';
import type { RenderedPart } from '../http/pages/part.ts';
import type { Templates } from '../http/pages/templates.ts';
import type { PersonCaller } from '../http/routing/caller.ts';
import { Nothing, route, type AnyRoute } from '../http/routing/route.ts';
import type { Clock } from '../platform/clock.ts';
import type { Languages, Locale } from '../platform/languages.ts';
import type { Scopes } from '../scopes/index.ts';
import type { ClaimRequestInput, Client, Manager } from './client.ts';
import {
  ClaimRequestBody,
  ClientChanges,
  ClientParams,
  ClientView,
  CreatedClientView,
  NewClient,
  presentClient,
  presentNewSecret,
} from './client-schema.ts';
import type { Clients } from './index.ts';

/** The dependencies of the operations and pages of this slice. */
export interface ClientRoutesDeps {
  readonly clients: Clients;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly clock: Clock;
  readonly languages: Pick<Languages, 'installed'>;
  readonly templates: Pick<Templates, 'renderText'>;
  /** The consent page of an app as a picture, from `consents/`; passed in by `routes.ts`. */
  readonly renderConsentExample: (client: Client, locale: Locale) => Promise<RenderedPart>;
  /** The number of people who have connected an app, from `consents/`; larger numbers than `most` are not distinguished. */
  readonly peopleOf: (input: {
    readonly clientId: string;
    readonly most: number;
  }) => Promise<number>;
  readonly config: {
    /** Lifetimes in seconds for apps without own settings. */
    readonly lifetimes: {
      readonly accessToken: number;
      readonly refreshToken: number;
      readonly refreshTokenAbsolute: number;
    };
  };
}

/** Members that all operations on apps share. */
export const CLIENT_OPERATION = { tag: 'Apps', access: 'person', scope: 'clients:manage' } as const;

/** Members that all operations on one app share. */
export const ONE_CLIENT_OPERATION = { ...CLIENT_OPERATION, params: ClientParams } as const;

/** Members that all pages of one app share. */
export const ONE_CLIENT_PAGE = { access: 'person', params: ClientParams } as const;

const PATH = '/api/v1/clients';
const NOT_CHANGED = { 404: ['client_not_found'], 409: ['client_is_first_party'] };

/**
 * The manager in an operation. A token reaches only the apps of its person, also the token of an administrator: the
 * consent page promises that for `clients:manage`.
 */
export function managerOf({ accountId, isAdministrator, via }: PersonCaller): Manager {
  return { accountId, isAdministrator: isAdministrator && via === 'session' };
}

/**
 * Requires the same fresh proof as the pages, so that a session cannot bypass it through the API. A token needs no
 * proof, because its permission was given explicitly and a program cannot prove an identity.
 * @throws AppError `fresh_sign_in_required`.
 */
export function requireFreshSession(clock: Clock, caller: PersonCaller): void {
  if (caller.via === 'session') requireFresh(clock.now(), caller.authenticatedAt);
}

/** The API by which developers manage their apps. Apps of others are answered like apps that do not exist. */
export function clientApiRoutes(deps: ClientRoutesDeps): readonly AnyRoute[] {
  const present = async (client: Client) => presentClient(client, await deps.scopes.catalogue());
  return [
    ...readingRoutes(deps, present),
    ...createAndDeleteRoutes(deps, present),
    ...changingRoutes(deps, present),
  ];
}

type Present = (client: Client) => Promise<ReturnType<typeof presentClient>>;

function readingRoutes(
  { clients, scopes }: ClientRoutesDeps,
  present: Present,
): readonly AnyRoute[] {
  return [
    route({
      ...CLIENT_OPERATION,
      method: 'get',
      path: PATH,
      operationId: 'listClients',
      summary: 'List your apps, newest first',
      response: Type.Object({ clients: Type.Array(ClientView) }),
      handle: async ({ caller }) => {
        const catalogue = await scopes.catalogue();
        const owned = await clients.listOwnedBy(caller.accountId);
        return { clients: owned.map((client) => presentClient(client, catalogue)) };
      },
    }),
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'get',
      path: `${PATH}/{clientId}`,
      operationId: 'readClient',
      summary: 'Read one of your apps',
      response: ClientView,
      errorCodes: { 404: ['client_not_found'] },
      handle: async ({ params, caller }) =>
        present(await clients.findManaged({ ...params, manager: managerOf(caller) })),
    }),
  ];
}

function createAndDeleteRoutes(
  { clients, clock }: ClientRoutesDeps,
  present: Present,
): readonly AnyRoute[] {
  return [
    route({
      ...CLIENT_OPERATION,
      method: 'post',
      path: PATH,
      operationId: 'createClient',
      summary: 'Register an app',
      description: 'Only this answer contains the secret.',
      body: NewClient,
      response: CreatedClientView,
      status: 201,
      location: ({ client }) => `${PATH}/${client.clientId}`,
      errorCodes: { 400: ['client_invalid'] },
      limit: { points: 60, perSeconds: 3_600 },
      handle: async ({ body: { requests = [], ...settings }, caller }) => {
        const { client, secret } = await clients.create({
          ...settings,
          requests: requests.map(toRequestInput),
          ownerAccountId: caller.accountId,
          isByAdministrator: managerOf(caller).isAdministrator,
        });
        return {
          client: await present(client),
          secret: secret === null ? null : presentNewSecret(secret),
        };
      },
    }),
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'delete',
      path: `${PATH}/{clientId}`,
      operationId: 'deleteClient',
      summary: 'Delete an app and revoke all its tokens',
      response: Nothing,
      errorCodes: { 403: ['fresh_sign_in_required'], ...NOT_CHANGED },
      handle: async ({ params, caller }) => {
        requireFreshSession(clock, caller);
        await clients.remove({ ...params, manager: managerOf(caller) });
      },
    }),
  ];
}

function changingRoutes({ clients }: ClientRoutesDeps, present: Present): readonly AnyRoute[] {
  return [
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'patch',
      path: `${PATH}/{clientId}`,
      operationId: 'changeClient',
      summary: 'Change the settings of an app',
      body: ClientChanges,
      response: ClientView,
      errorCodes: { 400: ['client_invalid'], ...NOT_CHANGED },
      handle: async ({ params, body, caller }) =>
        present(await clients.change({ ...params, manager: managerOf(caller), changes: body })),
    }),
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'put',
      path: `${PATH}/{clientId}/requests`,
      operationId: 'setClaimRequests',
      summary: 'Set the claims that an app requests, with their purposes',
      description:
        'Replaces the whole list; its order is the order of the consent page. An essential claim needs a purpose.',
      body: Type.Object({ requests: Type.Array(ClaimRequestBody, { maxItems: 50 }) }),
      response: ClientView,
      errorCodes: { 400: ['requests_invalid'], ...NOT_CHANGED },
      handle: async ({ params, body, caller }) => {
        const requests = body.requests.map(toRequestInput);
        return present(
          await clients.setRequests({ ...params, manager: managerOf(caller), requests }),
        );
      },
    }),
  ];
}

function toRequestInput(request: Static<typeof ClaimRequestBody>): ClaimRequestInput {
  return {
    claim: request.claim,
    necessity: request.necessity,
    purpose: request.purpose ?? { en: '' },
    longestDuration: request.longestDuration ?? 'until_withdrawn',
  };
}
