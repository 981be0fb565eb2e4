import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { changeManaged, type ManagedChange } from './change-managed.ts';
import { type Client, CLIENT_DELETED_JOB, isOwnedBy } from './client.ts';
import { createClientStore } from './client-store.ts';
import { createClientSecretStore } from './secrets/client-secret-store.ts';
import type { ManagedInput, SetClientStatusInput } from './clients.ts';
import type { ClientsDeps } from './context.ts';
import type { StoredClient } from './stored-client.ts';

/**
 * Suspends an app or lets it work again. Suspending ends all its tokens; people's decisions stay.
 * The owner cannot end a suspension by an administrator.
 * @throws AppError `client_not_found`, `client_held`.
 */
export async function setClientStatus(
  deps: ClientsDeps,
  input: SetClientStatusInput,
): Promise<Client> {
  return changeManaged(deps, input, (tx, client) =>
    input.status === 'suspended' ? suspend(deps, tx, { client, input }) : resume(client, input),
  );
}

/** Deletes an app for good: its tokens end, its secrets go, people's consents end by a job, its name stays in their history. Does nothing when it was deleted before. @throws AppError `client_not_found`. */
export async function removeClient(deps: ClientsDeps, input: ManagedInput): Promise<void> {
  const { clientId, manager } = input;
  const known = await createClientStore(deps.db).find(clientId);
  const isTheirs = known !== null && (manager.isAdministrator || isOwnedBy(known, manager));
  if (isTheirs && known.status === 'deleted') return;
  await changeManaged(deps, input, async (tx, client) => {
    const ended = await deps.tokens.revokeGrants(tx, { clientId: client.id });
    await createClientSecretStore(tx).deleteAll(client.id);
    const data = { clientId: client.id };
    await deps.jobs.enqueue(tx, { name: CLIENT_DELETED_JOB, data, key: client.id });
    return {
      client: { ...client, status: 'deleted' },
      event: { kind: 'client.deleted', details: { endedGrants: ended } },
    };
  });
}

async function suspend(
  deps: ClientsDeps,
  tx: Database,
  { client, input }: { client: StoredClient; input: SetClientStatusInput },
): Promise<ManagedChange> {
  const ended = await deps.tokens.revokeGrants(tx, { clientId: client.id });
  const isOwners = isOwnedBy(client, input.manager);
  const reason = input.reason?.trim() ?? '';
  return {
    client: {
      ...client,
      status: 'suspended',
      tokensCutOffAt: deps.clock.now(),
      isHeldByAdministrator: client.isHeldByAdministrator || !isOwners,
    },
    event: { kind: 'client.suspended', details: { endedGrants: ended } },
    notice: { template: 'client-suspended', reason },
  };
}

async function resume(client: StoredClient, { manager }: ManagedInput): Promise<ManagedChange> {
  if (client.isHeldByAdministrator && !manager.isAdministrator) {
    throw new AppError('forbidden', 'client_held');
  }
  return {
    client: { ...client, status: 'active', isHeldByAdministrator: false },
    event: { kind: 'client.resumed' },
    notice: { template: 'client-resumed' },
  };
}
