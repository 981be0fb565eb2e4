import { type DeletionsDeps } from './deletions-deps.ts';
import { purgeDate } from './delete-account.ts';

/** The facts that a person sees before they delete their account. */
export interface DeletionPreview {
  readonly purgeAt: Date;
  /** False: there is no way back. */
  readonly isRestorable: boolean;
  /** Names of the apps that lose access. */
  readonly connectedApps: readonly string[];
  /** Names of the apps the person has registered, which stop when the account is purged. */
  readonly ownedApps: readonly string[];
}

/** Finds the consequences of deleting this account now. */
export async function describeDeletion(
  deps: DeletionsDeps,
  accountId: string,
): Promise<DeletionPreview> {
  const [consents, owned] = await Promise.all([
    deps.consents.list(accountId),
    deps.clients.listOwnedBy(accountId),
  ]);
  const clients = await Promise.all(consents.map(({ clientId }) => deps.clients.find(clientId)));
  return {
    purgeAt: purgeDate(deps),
    isRestorable: deps.retentionDays > 0,
    connectedApps: clients.flatMap((client) => (client === null ? [] : [client.name])),
    ownedApps: owned.filter(({ status }) => status !== 'deleted').map(({ name }) => name),
  };
}
