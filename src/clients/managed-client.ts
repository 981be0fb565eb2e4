import type { AuditEvent } from '../audit/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { CLIENT_TOPIC, type Client, isOwnedBy, type ManagedInput } from './client.ts';
import { createClientStore } from './client-store.ts';
import type { ClientsContext } from './context.ts';
import { keepsVerification } from './keeps-verification.ts';
import { type ClientNotice, notifyOwner } from './notify-owner.ts';
import type { StoredClient } from './stored-client.ts';

/** The result of a change of an app. */
export interface ManagedChange {
  readonly client: StoredClient;
  readonly event: Pick<AuditEvent, 'kind' | 'details'>;
  /** A mail to the owner, unless the owner made the change. */
  readonly notice?: ClientNotice;
}

/**
 * The app as stored, not a cached copy, so that a page shows the changes that its form has just saved.
 * @throws AppError `client_not_found`, also for apps of others and for deleted ones.
 */
export async function findManaged({ db }: ClientsContext, input: ManagedInput): Promise<Client> {
  return requireManaged(await createClientStore(db).find(input.clientId), input);
}

/** As {@link findManaged}, but a deleted app is found, too. Its last change is the deletion. */
export async function findWithDeleted(
  { db }: ClientsContext,
  input: ManagedInput,
): Promise<Client> {
  const client = await createClientStore(db).find(input.clientId);
  return client?.status === 'deleted' && isManagedBy(client, input.manager)
    ? client
    : requireManaged(client, input);
}

/**
 * Runs a change by a manager in one transaction: the app is locked, changed, written, audited and announced. A change by the owner
 * can end the mark of an administrator; see {@link keepsVerification}.
 * `work` returns null when nothing is left to change.
 * @throws AppError `client_not_found`, `client_is_first_party`, and every error of `work`.
 */
export async function changeManaged(
  ctx: ClientsContext,
  input: ManagedInput,
  work: (tx: Database, client: StoredClient) => Promise<ManagedChange | null>,
): Promise<Client> {
  const { clientId, manager } = input;
  return ctx.db.transaction(async (tx) => {
    const store = createClientStore(tx);
    const found = requireManaged(await store.findForChange(clientId), input);
    if (found.isFirstParty) throw new AppError('conflict', 'client_is_first_party');
    const change = await work(tx, found);
    if (change === null) return found;
    const { event, notice } = change;
    const losesMark =
      found.isVerified && !manager.isAdministrator && !keepsVerification(found, change.client);
    const changed = {
      ...change.client,
      ...(losesMark && { isVerified: false }),
      updatedAt: ctx.clock.now(),
    };
    await store.update(changed, manager.accountId);
    const by = { accountId: found.ownerAccountId, clientId, actorId: manager.accountId };
    await ctx.audit.record(tx, { ...event, ...by });
    if (losesMark) await ctx.audit.record(tx, { kind: 'client.unverified', ...by });
    if (notice !== undefined && !isOwnedBy(found, manager)) {
      await notifyOwner(ctx, tx, { client: changed, ...notice });
    }
    await ctx.feed.publish(tx, CLIENT_TOPIC, clientId);
    return changed;
  });
}

/** True for the owner of an app and for administrators. */
export function isManagedBy(client: Client, manager: ManagedInput['manager']): boolean {
  return manager.isAdministrator || isOwnedBy(client, manager);
}

function requireManaged<C extends Client>(client: C | null, { manager }: ManagedInput): C {
  if (client === null || client.status === 'deleted' || !isManagedBy(client, manager)) {
    throw new AppError('not_found', 'client_not_found');
  }
  return client;
}
