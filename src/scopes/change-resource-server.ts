import { AppError } from '../platform/app-error.ts';
import { resourceServerProblems } from './define-resource-server.ts';
import { findResourceServer } from './resource-identifier.ts';
import { createResourceServerStore } from './resource-server-store.ts';
import { type Localized, tidyText } from '../platform/languages.ts';
import type { ResourceServer } from './scope.ts';
import { announceChange, type ScopesContext } from './context.ts';
import { refuseProblems } from './validate-scope.ts';

/** Absent fields stay as they are. */
interface ChangeResourceServerInput {
  readonly actorId: string;
  readonly identifier: string;
  readonly title?: Localized;
  readonly accessTokenFormat?: ResourceServer['accessTokenFormat'];
  readonly accessTokenLifetimeSeconds?: number;
  /** The whole list. */
  readonly introspectionClientIds?: readonly string[];
  /** `true` stops tokens and scopes for this API; `false` reactivates it. */
  readonly isRetired?: boolean;
}

/**
 * Changes, stops or reactivates an API. Tokens that were issued before keep their format until they expire.
 * @throws AppError `resource_server_not_found`, or `resource_server_invalid` with `fields`.
 */
export async function changeResourceServer(
  ctx: ScopesContext,
  input: ChangeResourceServerInput,
): Promise<ResourceServer> {
  const now = ctx.clock.now();
  return ctx.db.transaction(async (tx) => {
    const store = createResourceServerStore(tx);
    const found = findResourceServer(await store.listAll(), input.identifier);
    if (found === undefined) throw new AppError('not_found', 'resource_server_not_found');
    const server = changed(found, input, now);
    refuseProblems(resourceServerProblems(server), 'resource_server_invalid');
    await store.update(server, { by: input.actorId, at: now });
    await announceChange(ctx, tx, {
      kind: 'resource_server.changed',
      actorId: input.actorId,
      details: { resource: server.identifier, isRetired: server.retiredAt !== null },
    });
    return server;
  });
}

function changed(
  server: ResourceServer,
  input: ChangeResourceServerInput,
  now: Date,
): ResourceServer {
  const retiredAt = input.isRetired === true ? (server.retiredAt ?? now) : null;
  return {
    identifier: server.identifier,
    title: tidyText(input.title ?? server.title),
    accessTokenFormat: input.accessTokenFormat ?? server.accessTokenFormat,
    accessTokenLifetimeSeconds:
      input.accessTokenLifetimeSeconds ?? server.accessTokenLifetimeSeconds,
    introspectionClientIds: input.introspectionClientIds ?? server.introspectionClientIds,
    retiredAt: input.isRetired === undefined ? server.retiredAt : retiredAt,
  };
}
