import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

import { fingerprint } from '../../platform/keys/encryption.ts';
import { networkOf } from '../../platform/ip-address.ts';
import { CLIENT_ENDPOINTS } from '../configuration.ts';
import type { OidcContext } from '../context.ts';

const WRONG_PER_MINUTE = 30;
/** Counters of one network for all client ids that do not exist, so that invented client ids cannot fill the storage. */
const UNKNOWN_NAMES = 64;

/**
 * Bounds guessing of app secrets per named app and network, on all nodes together. Only failures are counted, and a failure above the
 * bound answers 429 in place of `invalid_client`. The right secret is always accepted, so that an attacker cannot shut out an app that shares an
 * address with them; secrets have 256 bits, and comparing one costs a hash. The same is done for apps that do not exist.
 * @throws AppError `rate_limited`.
 */
export function limitClientGuessing({ rateLimiter }: OidcContext): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.method !== 'POST' || !CLIENT_ENDPOINTS.includes(ctx.path) || !isWrongSecret(ctx))
      return;
    const { client } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {};
    const counted = { network: networkOf(ctx.request.ip), isKnown: client !== undefined };
    const clientId = client?.clientId ?? namedClient(ctx);
    await countWrongSecret({ rateLimiter }, { ...counted, clientId });
  };
}

/** Counts one wrong secret that came from this network. @throws AppError `rate_limited` above the bound. */
export async function countWrongSecret(
  { rateLimiter }: Pick<OidcContext, 'rateLimiter'>,
  named: { readonly network: string; readonly clientId: string; readonly isKnown: boolean },
): Promise<void> {
  await rateLimiter.consume({
    name: 'client-secret',
    key: `${named.network} ${counterOf(named)}`,
    points: WRONG_PER_MINUTE,
    perSeconds: 60,
  });
}

function isWrongSecret(ctx: Context): boolean {
  return ctx.status === 401 && (ctx.body as { error?: string } | null)?.error === 'invalid_client';
}

function counterOf(named: { readonly clientId: string; readonly isKnown: boolean }): string {
  if (named.isKnown) return named.clientId;
  const place = fingerprint(named.clientId).readUInt32BE(0) % UNKNOWN_NAMES;
  return `unknown ${String(place)}`;
}

/** The app that the caller claims to be; empty when only a signed assertion names it. */
function namedClient(ctx: Context): string {
  const basic = /^Basic +(\S+)$/i.exec(ctx.get('authorization'))?.[1];
  if (basic !== undefined) {
    const [name = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':', 1);
    return name;
  }
  const { params } = (ctx['oidc'] ?? {}) as { readonly params?: Record<string, unknown> };
  const name = params?.['client_id'];
  return typeof name === 'string' ? name : '';
}
