import type { DeletionsContext } from './context.ts';
import { purgeDate } from './delete-account.ts';

/** Finds the consequences of deleting this account now. */
export async function describeDeletion(ctx: DeletionsContext, accountId: string) {
  const [consents, owned] = await Promise.all([
    ctx.consents.list(accountId),
    ctx.clients.listOwnedBy(accountId),
  ]);
  const clients = await Promise.all(consents.map(({ clientId }) => ctx.clients.find(clientId)));
  return {
    purgeAt: purgeDate(ctx),
    isRestorable: ctx.retentionDays > 0,
    /** Names of the apps that lose access. */
    connectedApps: clients.flatMap((client) => (client === null ? [] : [client.name])),
    /** Names of the apps that the person has registered, which stop when the account is purged. */
    ownedApps: owned.filter(({ status }) => status !== 'deleted').map(({ name }) => name),
  };
}

export type DeletionPreview = Awaited<ReturnType<typeof describeDeletion>>;
