import type { IncomingMessage } from 'node:http';

import type { Context, Middleware } from 'koa';
import { type Client as ProviderClient, errors, Provider } from 'oidc-provider';

import { CLIENT_ENDPOINTS } from '../configuration.ts';

/**
 * Refuses a right secret that was sent by another method than the one the app is registered for (RFC 7591 §2): the library accepts
 * both. Only a client with the right secret gets this description.
 * @throws InvalidClientAuth.
 */
export function requireRegisteredMethod(client: ProviderClient): void {
  const isInHeader = Provider.ctx?.headers.authorization !== undefined;
  if (isRegisteredMethod(client, isInHeader ? 'client_secret_basic' : 'client_secret_post')) return;
  const place = isInHeader ? 'the request body' : 'the Authorization header';
  throw Object.assign(new errors.InvalidClientAuth('another authentication method'), {
    error_description: `this app is registered for ${String(client.tokenEndpointAuthMethod)}: send the secret in ${place}`,
  });
}

type SecretMethod = 'client_secret_basic' | 'client_secret_post';

/** May the client send its secret by this method? */
export function isRegisteredMethod(client: ProviderClient, used: SecretMethod): boolean {
  const { tokenEndpointAuthMethod: registered } = client;
  if (registered !== 'client_secret_basic' && registered !== 'client_secret_post') return false;
  return registered === used || client['consentry_any_secret_method'] === true;
}

/**
 * Lets a public app send its id as `Basic <id>:` with an empty secret (RFC 6749 §2.3.1 allows to omit an empty secret; some
 * clients send the header all the same). The id is moved to the form, where the library looks for it.
 */
export function acceptEmptySecret(provider: Provider): Middleware {
  return async (ctx, next) => {
    const clientId = CLIENT_ENDPOINTS.includes(ctx.path) ? idWithEmptySecret(ctx) : undefined;
    if (clientId !== undefined && (await isPublic(provider, clientId))) moveToForm(ctx, clientId);
    await next();
  };
}

function idWithEmptySecret(ctx: Context): string | undefined {
  const encoded = /^Basic +([\w+/-]+=*)$/i.exec(ctx.get('authorization'))?.[1];
  if (encoded === undefined) return undefined;
  const credentials = Buffer.from(encoded, 'base64').toString('utf8');
  if (credentials.indexOf(':') !== credentials.length - 1) return undefined;
  return new URLSearchParams(`id=${credentials.slice(0, -1)}`).get('id') ?? undefined;
}

async function isPublic(provider: Provider, clientId: string): Promise<boolean> {
  const client = await provider.Client.find(clientId);
  return client?.tokenEndpointAuthMethod === 'none';
}

function moveToForm({ req }: Context, clientId: string): void {
  delete req.headers.authorization;
  // The id is added to the form, so its length changes.
  delete req.headers['content-length'];
  req.headers['transfer-encoding'] = 'chunked';
  const chunks = req.iterator.bind(req);
  const iterator: IncomingMessage['iterator'] = (options) =>
    addClientId(chunks(options), clientId) as ReturnType<IncomingMessage['iterator']>;
  Object.assign(req, { iterator });
}

/** The form with `client_id`. If the form has another id, the parameter is repeated, which the library refuses. */
async function* addClientId(
  chunks: AsyncIterable<Buffer>,
  clientId: string,
): AsyncGenerator<Buffer> {
  const seen: Buffer[] = [];
  for await (const chunk of chunks) {
    seen.push(chunk);
    yield chunk;
  }
  const form = new URLSearchParams(Buffer.concat(seen).toString('utf8'));
  if (form.get('client_id') !== clientId) {
    yield Buffer.from(`&client_id=${encodeURIComponent(clientId)}`);
  }
}
