import { AppError } from '../../platform/app-error.ts';
import type { ManagedInput } from '../client.ts';
import type { ClientsContext } from '../context.ts';
import { changeManaged } from '../managed-client.ts';
import { createClientSecretStore } from './client-secret-store.ts';

/** Deletes one secret. Does nothing when it was deleted before. @throws AppError `client_not_found`, `secret_not_found`. */
export async function removeSecret(
  ctx: ClientsContext,
  input: ManagedInput & { readonly secretId: string },
): Promise<void> {
  await changeManaged(ctx, input, async (tx, client) => {
    const { secretId } = input;
    const event = { kind: 'client.secret_removed', details: { secretId } } as const;
    if (await createClientSecretStore(tx).delete(client.id, secretId)) return { client, event };
    const accountId = client.ownerAccountId;
    if (await ctx.audit.wasRecorded(tx, { ...event, accountId })) return null;
    throw new AppError('not_found', 'secret_not_found');
  });
}
