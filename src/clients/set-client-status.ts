import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { type Client, CLIENT_DELETED_JOB, isOwnedBy, type ManagedInput } from './client.ts';
import { createClientStore } from './client-store.ts';
import type { ClientsContext } from './context.ts';
import { createFailedRequestStore } from './failed-requests/failed-request-store.ts';
import { changeManaged, isManagedBy, type ManagedChange } from './managed-client.ts';
import { createClientSecretStore } from './secrets/client-secret-store.ts';
import type { StoredClient } from './stored-client.ts';

interface SetClientStatusInput extends ManagedInput {
  readonly status: 'active' | 'suspended';
  /** The owner reads it in the mail when an administrator suspends the app. */
  readonly reason?: string;
}

/**
 * Suspends an app or makes it active again. Suspending revokes all its tokens; people's decisions stay.
 * The owner cannot end a suspension by an administrator.
 * @throws AppError `client_not_found`, `client_suspended_by_administrator`.
 */
export async function setClientStatus(
  ctx: ClientsContext,
  input: SetClientStatusInput,
): Promise<Client> {
  return changeManaged(ctx, input, async (tx, client) =>
    input.status === 'suspended' ? suspend(ctx, tx, { client, input }) : resume(client, input),
  );
}

/**
 * Deletes an app for good: its tokens are revoked, its secrets and its log of failed requests deleted, and a job ends people's consents; its name and its logo
 * stay in their history and their mails. Does nothing when it was deleted before.
 * @throws AppError `client_not_found`.
 */
export async function removeClient(ctx: ClientsContext, input: ManagedInput): Promise<void> {
  const known = await createClientStore(ctx.db).find(input.clientId);
  if (known?.status === 'deleted' && isManagedBy(known, input.manager)) return;
  await changeManaged(ctx, input, async (tx, client) => {
    const clientId = client.id;
    const endedGrants = await ctx.tokens.revokeGrants(tx, { clientId });
    await createClientSecretStore(tx).deleteAll(clientId);
    await createFailedRequestStore(tx).deleteAll(clientId);
    await ctx.jobs.enqueue(tx, { name: CLIENT_DELETED_JOB, data: { clientId }, key: clientId });
    return {
      client: { ...client, status: 'deleted' },
      event: { kind: 'client.deleted', details: { endedGrants } },
    };
  });
}

async function suspend(
  ctx: ClientsContext,
  tx: Database,
  { client, input }: { readonly client: StoredClient; readonly input: SetClientStatusInput },
): Promise<ManagedChange> {
  const endedGrants = await ctx.tokens.revokeGrants(tx, { clientId: client.id });
  return {
    client: {
      ...client,
      status: 'suspended',
      tokensCutOffAt: ctx.clock.now(),
      isHeldByAdministrator: client.isHeldByAdministrator || !isOwnedBy(client, input.manager),
    },
    event: { kind: 'client.suspended', details: { endedGrants } },
    notice: { template: 'client-suspended', reason: input.reason?.trim() ?? '' },
  };
}

function resume(client: StoredClient, { manager }: ManagedInput): ManagedChange {
  if (client.isHeldByAdministrator && !manager.isAdministrator) {
    throw new AppError('forbidden', 'client_suspended_by_administrator');
  }
  return {
    client: { ...client, status: 'active', isHeldByAdministrator: false },
    event: { kind: 'client.resumed' },
    notice: { template: 'client-resumed' },
  };
}
