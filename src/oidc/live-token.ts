import type { Grant, Provider } from 'oidc-provider';

import type { Accounts } from '../accounts/index.ts';
import { mayUse, type TokenNames } from './find-account.ts';

/**
 * The checks of the library's UserInfo endpoint and the cut-off of the account: null when the client, the account or the grant of
 * the token is not in force any more.
 */
export async function findLiveToken(
  { accounts }: { readonly accounts: Pick<Accounts, 'find'> },
  provider: Provider,
  token: TokenNames,
) {
  const { accountId, clientId, grantId } = token;
  if (accountId === undefined || clientId === undefined || grantId === undefined) return null;
  const [client, account, grant] = await Promise.all([
    provider.Client.find(clientId),
    accounts.find(accountId),
    provider.Grant.find(grantId),
  ]);
  if (client === undefined || account === null || !mayUse(account, token)) return null;
  return grant !== undefined && isGrantOf(grant, token) ? { client, account, grant } : null;
}

/** Is the grant in force, and does it belong to the account and the client of the token? */
function isGrantOf(grant: Grant, { accountId, clientId }: TokenNames): boolean {
  return !grant.isExpired && grant.accountId === accountId && grant.clientId === clientId;
}
