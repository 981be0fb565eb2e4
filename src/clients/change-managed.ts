import type { AuditKind } from '../audit/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { CLIENT_TOPIC, type Client, isOwnedBy, type Manager, type Operator } from './client.ts';
import { createClientStore } from './client-store.ts';
import type { ManagedInput } from './clients.ts';
import type { ClientsDeps } from './context.ts';
import { type ClientNotice, notifyOwner } from './notify-owner.ts';
import type { StoredClient } from './stored-client.ts';

/** The result of a change of an app. */
export interface ManagedChange {
  readonly client: StoredClient;
  readonly event: {
    readonly kind: AuditKind;
    readonly details?: Readonly<Record<string, unknown>>;
  };
  /** A mail to the owner, unless the owner made the change. */
  readonly notice?: ClientNotice;
}

/**
 * Frame of every change by a manager: one transaction in which the app is locked, changed, written, audited and announced.
 * `work` returns null when nothing is left to be changed.
 * @throws AppError `client_not_found`, `client_is_first_party`, and every error of `work`.
 */
export async function changeManaged(
  deps: ClientsDeps,
  { clientId, manager }: ManagedInput,
  work: (tx: Database, client: StoredClient) => Promise<ManagedChange | null>,
): Promise<Client> {
  return deps.db.transaction(async (tx) => {
    const store = createClientStore(tx);
    const found = refuseOthers(await store.findForChange(clientId), manager);
    if (found.isFirstParty) throw new AppError('conflict', 'client_is_first_party');
    const change = await work(tx, found);
    if (change === null) return found;
    const { client, event, notice } = change;
    const changed = Object.freeze({ ...client, updatedAt: deps.clock.now() });
    await store.update(changed, manager.accountId);
    await deps.audit.record(tx, {
      ...event,
      accountId: found.ownerAccountId,
      clientId,
      actorId: manager.accountId,
    });
    if (notice !== undefined && !isOwnedBy(found, manager)) {
      await notifyOwner(deps, tx, { client: changed, ...notice });
    }
    await deps.feed.publish(tx, CLIENT_TOPIC, clientId);
    return changed;
  });
}

/** The app, for its owner and for administrators. @throws AppError `client_not_found` alike for all other cases. */
export function refuseOthers<C extends Client>(client: C | null, manager: Manager | Operator): C {
  const isTheirs = client !== null && (manager.isAdministrator || isOwnedBy(client, manager));
  if (!isTheirs || client.status === 'deleted') {
    throw new AppError('not_found', 'client_not_found');
  }
  return client;
}
