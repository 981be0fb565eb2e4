import type { Client } from '../../clients/index.ts';
import { HttpError } from '../../http/http-error.ts';
import { countWrongSecret } from '../client-authentication/client-guessing-limit.ts';
import type { OidcContext } from '../context.ts';
import { basicCredentials } from '../fast-path/plain-client.ts';
import type { RefusedRequest } from './verify-access.ts';

/** The header in which a gateway identifies itself. `Authorization` belongs to the request that it checks. */
export const GATEWAY_HEADER = 'consentry-gateway';

type GatewayDeps = Pick<OidcContext, 'clients' | 'rateLimiter'>;

/** The app that is registered as a gateway and sent its id and its secret in {@link GATEWAY_HEADER}, as `Basic` (RFC 7617); else null. */
export async function findGateway(
  { clients }: Pick<GatewayDeps, 'clients'>,
  header: string | undefined,
): Promise<Client | null> {
  const credentials = basicCredentials(header ?? '');
  if (credentials === null) return null;
  const { clientId, secret } = credentials;
  const client = await clients.find(clientId);
  if (client?.isGateway !== true) return null;
  return (await clients.verifySecret(clientId, secret)) ? client : null;
}

/**
 * As {@link findGateway}. The answer to every other caller is the same, whatever its request shows, so that only a registered
 * gateway learns anything about a token or a cookie.
 * @throws HttpError 403 `gateway_unknown`, AppError `rate_limited` after too many wrong secrets.
 */
export async function requireGateway(
  deps: GatewayDeps,
  { header, network }: { readonly header: string | undefined; readonly network: string },
): Promise<Client> {
  const gateway = await findGateway(deps, header);
  if (gateway !== null) return gateway;
  const clientId = basicCredentials(header ?? '')?.clientId ?? '';
  const isKnown = (await deps.clients.find(clientId)) !== null;
  await countWrongSecret(deps, { network, clientId, isKnown });
  throw refusal(403, 'gateway_unknown');
}

/** A refusal of a check: a problem document with `"access": false`. */
export function refusal(
  status: 401 | 403,
  code: 'gateway_unknown' | RefusedRequest['code'],
  headers: Readonly<Record<string, string>> = {},
): HttpError {
  return Object.assign(new HttpError(status, code, headers), { members: { access: false } });
}
