import { AppError } from '../platform/app-error.ts';
import type { Client, ManagedInput } from './client.ts';
import type { ClientsContext } from './context.ts';
import { changeManaged } from './managed-client.ts';

/**
 * Marks an app as checked by an administrator, or withdraws the mark. Pages show an app without the mark as "not checked". A
 * change of the name, the logo or a site by the owner withdraws it too.
 * @throws AppError `client_not_found`; `forbidden` for all accounts but those of administrators, the owner included.
 */
export async function setClientVerified(
  ctx: ClientsContext,
  { isVerified, ...input }: ManagedInput & { readonly isVerified: boolean },
): Promise<Client> {
  if (!input.manager.isAdministrator) throw new AppError('forbidden', 'forbidden');
  return changeManaged(ctx, input, async (_tx, client) => ({
    client: { ...client, isVerified },
    event: { kind: isVerified ? 'client.verified' : 'client.unverified' },
    notice: { template: isVerified ? 'client-verified' : 'client-unverified' },
  }));
}
