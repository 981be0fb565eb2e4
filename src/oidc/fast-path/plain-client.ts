import type { Client as ProviderClient } from 'oidc-provider';

import { isRegisteredMethod } from '../client-authentication/client-authentication.ts';
import type { FastPathContext } from './context.ts';
import type { PlainRequest } from './plain-request.ts';

/** The fields of a form that authenticate a client. */
export const CLIENT_FIELDS = ['client_id', 'client_secret'] as const;

interface Credentials {
  readonly clientId: string;
  readonly secret: string;
  readonly method: 'client_secret_basic' | 'client_secret_post';
}

/** A secret with characters that percent-encoding would change is left to the library. */
const PAIR = /^([\w.~-]+):([\w.~-]+)$/;
const BASIC = /^Basic ([A-Za-z\d+/]+={0,2})$/;

/**
 * The client that authenticates itself with its secret, by the method that it is registered for (RFC 6749 §2.3.1). Null for
 * every other request, wrong secrets included.
 */
export async function authenticatePlainClient(
  { provider, clients }: FastPathContext,
  request: PlainRequest,
): Promise<ProviderClient | null> {
  const credentials = credentialsOf(request);
  if (credentials === null) return null;
  const { clientId, secret, method } = credentials;
  const client = await provider.Client.find(clientId);
  if (client === undefined || !isRegisteredMethod(client, method)) return null;
  return (await clients.verifySecret(clientId, secret)) ? client : null;
}

/**
 * The client of a plain token request: the one that {@link authenticatePlainClient} finds, or a public client that names itself
 * in the form (RFC 6749 §3.2.1).
 */
export async function identifyPlainClient(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<ProviderClient | null> {
  const { client_id: named, client_secret: secret } = request.form;
  if (request.req.headers.authorization !== undefined || secret !== undefined) {
    return authenticatePlainClient(ctx, request);
  }
  const client = named ? await ctx.provider.Client.find(named) : undefined;
  return client?.tokenEndpointAuthMethod === 'none' ? client : null;
}

function credentialsOf({ req: { headers }, form }: PlainRequest): Credentials | null {
  const { client_id: named, client_secret: secret } = form;
  if (headers.authorization === undefined) {
    return named && secret ? { clientId: named, secret, method: 'client_secret_post' } : null;
  }
  const credentials = secret === undefined ? basicCredentials(headers.authorization) : null;
  return named === undefined || named === credentials?.clientId ? credentials : null;
}

/** The id and the secret of an `Authorization: Basic` value (RFC 6749 §2.3.1); null for another value. */
export function basicCredentials(header: string): Credentials | null {
  const [, encoded = ''] = BASIC.exec(header) ?? [];
  const decoded = Buffer.from(encoded, 'base64');
  if (decoded.toString('base64') !== encoded) return null;
  const [, clientId, secret] = PAIR.exec(decoded.toString('latin1')) ?? [];
  if (clientId === undefined || secret === undefined) return null;
  return { clientId, secret, method: 'client_secret_basic' };
}
