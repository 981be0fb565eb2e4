import { AppError } from '../platform/app-error.ts';
import { findResourceServer, resourceIdentifierProblem } from './resource-identifier.ts';
import { createResourceServerStore } from './resource-server-store.ts';
import { type Localized, tidyText } from '../platform/languages.ts';
import { LIFETIME_LIMITS, type ResourceServer } from './scope.ts';
import { announceChange, type ScopesContext } from './context.ts';
import { localizedProblems, refuseProblems } from './validate-scope.ts';

interface DefineResourceServerInput {
  readonly actorId: string;
  readonly identifier: string;
  readonly title: Localized;
  readonly accessTokenFormat: ResourceServer['accessTokenFormat'];
  readonly accessTokenLifetimeSeconds: number;
  readonly introspectionClientIds?: readonly string[];
}

/**
 * Registers an API that tokens can be issued for (RFC 8707). JWT access tokens (RFC 9068) cannot be revoked, so their
 * maximum lifetime is 600 seconds.
 * @throws AppError `resource_server_invalid` with `fields`; `resource_server_exists`.
 */
export async function defineResourceServer(
  ctx: ScopesContext,
  input: DefineResourceServerInput,
): Promise<ResourceServer> {
  const { actorId, introspectionClientIds = [], ...given } = input;
  const title = tidyText(input.title);
  const server: ResourceServer = { ...given, title, introspectionClientIds, retiredAt: null };
  const problems = resourceServerProblems(server);
  const problem = resourceIdentifierProblem(input.identifier);
  if (problem !== null) problems['identifier'] = problem;
  refuseProblems(problems, 'resource_server_invalid');

  const details = { resource: server.identifier, accessTokenFormat: server.accessTokenFormat };
  await ctx.db.transaction(async (tx) => {
    const store = createResourceServerStore(tx);
    const isTaken = findResourceServer(await store.listAll(), input.identifier) !== undefined;
    const change = { by: actorId, at: ctx.clock.now() };
    if (isTaken || !(await store.insert(server, change))) {
      throw new AppError('conflict', 'resource_server_exists', {
        fields: { identifier: 'resource_server_exists' },
      });
    }
    await announceChange(ctx, tx, { kind: 'resource_server.defined', actorId, details });
  });
  return server;
}

/** Field errors of everything but the identifier. */
export function resourceServerProblems(server: ResourceServer): Record<string, string> {
  const problems = localizedProblems('title', server.title);
  if (!areClientIds(server.introspectionClientIds)) {
    problems['introspectionClientIds'] = 'introspection_client_ids_invalid';
  }
  const seconds = server.accessTokenLifetimeSeconds;
  if (seconds > LIFETIME_LIMITS[server.accessTokenFormat]) {
    problems['accessTokenLifetimeSeconds'] =
      server.accessTokenFormat === 'jwt' ? 'lifetime_too_long_for_jwt' : 'lifetime_too_long';
  } else if (!Number.isSafeInteger(seconds) || seconds < LIFETIME_LIMITS.least) {
    problems['accessTokenLifetimeSeconds'] = 'lifetime_too_short';
  }
  return problems;
}

const MOST_INTROSPECTING_APPS = 20;
const CLIENT_ID = /^[a-z0-9][a-z0-9_-]{0,99}$/;

function areClientIds(ids: readonly string[]): boolean {
  return ids.length <= MOST_INTROSPECTING_APPS && ids.every((id) => CLIENT_ID.test(id));
}
