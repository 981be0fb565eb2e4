import { AppError } from '../../platform/app-error.ts';
import { changeManaged } from '../change-managed.ts';
import { createClientSecretStore } from './client-secret-store.ts';
import type { RemoveSecretInput } from '../clients.ts';
import type { ClientsDeps } from '../context.ts';

/** Ends one secret at once. Does nothing when it was ended so before. @throws AppError `client_not_found`, `secret_not_found`. */
export async function removeSecret(deps: ClientsDeps, input: RemoveSecretInput): Promise<void> {
  await changeManaged(deps, input, async (tx, client) => {
    const details = { secretId: input.secretId };
    if (!(await createClientSecretStore(tx).delete(client.id, input.secretId))) {
      const accountId = client.ownerAccountId;
      const end = { kind: 'client.secret_removed', accountId, details } as const;
      if (await deps.audit.wasRecorded(tx, end)) return null;
      throw new AppError('not_found', 'secret_not_found');
    }
    return {
      client,
      event: { kind: 'client.secret_removed', details },
    };
  });
}
