import type { Accounts } from '../../accounts/index.ts';
import type { Clients } from '../../clients/index.ts';
import { introspectedBy, type Scopes } from '../../scopes/index.ts';
import { mayUse } from '../find-account.ts';
import { toProviderError } from '../provider-errors.ts';

export interface MayIntrospectDeps {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly clients: Pick<Clients, 'find'>;
  readonly scopes: Pick<Scopes, 'catalogue'>;
}

export interface IntrospectedToken {
  readonly clientId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  readonly iat?: number | undefined;
}

interface Asking {
  readonly clientId: string;
  readonly clientAuthMethod?: string | undefined;
}

/**
 * May this app see that a token is active? An app may introspect its own tokens, and an API those that were issued for it
 * (RFC 7662 §2.1). The library has looked at token and grant; a machine's token has no grant, so its app decides, and a
 * person's token must not be older than the cut-off of the account.
 */
export async function mayIntrospect(
  deps: MayIntrospectDeps,
  asking: Asking,
  token: IntrospectedToken,
): Promise<boolean> {
  if (!(await isAsked(deps, asking, token))) return false;
  const { clientId, accountId } = token;
  const [client, account] = await toProviderError(
    Promise.all([
      deps.clients.find(clientId ?? ''),
      accountId === undefined ? undefined : deps.accounts.find(accountId),
    ]),
  );
  if (client?.status !== 'active' || account === null) return false;
  if (isCutOff(client.tokensCutOffAt, token)) return false;
  return account === undefined || mayUse(account, token);
}

/**
 * Issue times are whole seconds, so a machine's token from the second of a suspension is always refused. A
 * person's token has a grant, which the suspension revoked: it decides exactly, and a new token is valid at once.
 */
function isCutOff(cutOffAt: Date | null, { accountId, iat }: IntrospectedToken): boolean {
  if (cutOffAt === null || accountId !== undefined) return false;
  return iat === undefined || iat * 1000 <= cutOffAt.getTime();
}

async function isAsked(
  { scopes }: Pick<MayIntrospectDeps, 'scopes'>,
  asking: Asking,
  token: IntrospectedToken,
): Promise<boolean> {
  if (token.clientId === asking.clientId) return true;
  if (asking.clientAuthMethod === 'none' || token.aud === undefined) return false;
  const { resourceServers } = await toProviderError(scopes.catalogue());
  return introspectedBy(asking.clientId, resourceServers).some(
    (identifier) => identifier === token.aud,
  );
}
