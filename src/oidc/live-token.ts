import type { Client as ProviderClient, Grant, Provider } from 'oidc-provider';

import type { Account, Accounts } from '../accounts/index.ts';
import { mayUse } from './find-account.ts';

/** The client, the account and the grant that an access token stands for. */
export interface LiveToken {
  readonly client: ProviderClient;
  readonly account: Account;
  readonly grant: Grant;
}

/** The members of a token that name them. */
interface TokenNames {
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly iat?: number | undefined;
}

/**
 * The checks of the library's UserInfo endpoint and the cut-off of the account: null when the client, the account or the grant of
 * the token is not in force any more.
 */
export async function findLiveToken(
  { accounts }: { readonly accounts: Pick<Accounts, 'find'> },
  provider: Provider,
  token: TokenNames,
): Promise<LiveToken | null> {
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
export function isGrantOf(grant: Grant, { accountId, clientId }: TokenNames): boolean {
  return !grant.isExpired && grant.accountId === accountId && grant.clientId === clientId;
}
