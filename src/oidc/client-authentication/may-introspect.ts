import type { Client } from '../../clients/index.ts';
import { introspectedBy } from '../../scopes/index.ts';
import { mayUse } from '../find-account.ts';
import { toProviderError } from '../provider-errors.ts';
import type { OidcContext } from '../context.ts';

interface IntrospectedToken {
  readonly clientId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  readonly iat?: number | undefined;
}

interface Requester {
  readonly clientId: string;
  readonly clientAuthMethod?: string | undefined;
}

/**
 * May this app see that a token is active? An app may introspect its own tokens, and an API those that were issued for it
 * (RFC 7662 §2.1). The library has checked token and grant. The token of a machine has no grant, so its app is checked;
 * the token of a person must not be older than the cut-off of the account.
 */
export async function mayIntrospect(
  deps: Pick<OidcContext, 'accounts' | 'clients' | 'scopes'>,
  requester: Requester,
  token: IntrospectedToken,
): Promise<boolean> {
  if (!(await isAddressed(deps, requester, token))) return false;
  const { clientId, accountId } = token;
  const [client, account] = await toProviderError(
    Promise.all([
      deps.clients.find(clientId ?? ''),
      accountId === undefined ? undefined : deps.accounts.find(accountId),
    ]),
  );
  if (client?.status !== 'active' || account === null) return false;
  return account === undefined ? !isCutOff(client, token.iat) : mayUse(account, token);
}

/**
 * Issue times are whole seconds, so a machine's token from the second of a suspension is always refused. The token of a
 * person has a grant, which the suspension revoked, so no rounding is needed and a new token is valid at once.
 */
export function isCutOff(
  { tokensCutOffAt: end }: Pick<Client, 'tokensCutOffAt'>,
  iat: number | undefined,
): boolean {
  return end !== null && (iat === undefined || iat * 1000 <= end.getTime());
}

async function isAddressed(
  { scopes }: Pick<OidcContext, 'scopes'>,
  requester: Requester,
  token: IntrospectedToken,
): Promise<boolean> {
  if (token.clientId === requester.clientId) return true;
  if (requester.clientAuthMethod === 'none' || token.aud === undefined) return false;
  const { resourceServers } = await toProviderError(scopes.catalogue());
  return introspectedBy(requester.clientId, resourceServers).some(
    (identifier) => identifier === token.aud,
  );
}
