import { AppError } from '../platform/app-error.ts';
import { changeManaged } from './change-managed.ts';
import type { Client } from './client.ts';
import type { SetClientVerifiedInput } from './clients.ts';
import type { ClientsDeps } from './context.ts';

/**
 * Marks an app as checked by an administrator, or withdraws the mark. Pages show an app without the mark as "not checked".
 * @throws AppError `client_not_found`; `forbidden` for anyone else, its owner included.
 */
export async function setClientVerified(
  deps: ClientsDeps,
  { isVerified, ...input }: SetClientVerifiedInput,
): Promise<Client> {
  if (!input.manager.isAdministrator) throw new AppError('forbidden', 'forbidden');
  return changeManaged(deps, input, async (_tx, client) => ({
    client: { ...client, isVerified },
    event: { kind: isVerified ? 'client.verified' : 'client.unverified' },
    notice: { template: isVerified ? 'client-verified' : 'client-unverified' },
  }));
}
