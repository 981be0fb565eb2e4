import { CompactSign, compactVerify, createLocalJWKSet, importJWK, type JWK } from 'jose';

import { AppError } from '../app-error.ts';
import type { ChangeFeed } from '../change-feed.ts';
import { ensureSigningKeys, type SigningJwk, type SigningKeyDeps } from './signing-keys.ts';

interface VerifiedStatement {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly kid: string;
}

const ALGORITHM = 'ES256';
const LONGEST_JWS = 256 * 1024;

/**
 * Signs statements of this installation with a key that its JWKS publishes (JWS compact serialisation, RFC 7515).
 * Loads the keys when first needed, and again whenever they change on any node.
 */
export function createSigner(deps: SigningKeyDeps & { readonly feed: ChangeFeed }) {
  let keys: Promise<LoadedKeys> | undefined;
  deps.feed.subscribe('signing-keys', () => {
    keys = undefined;
  });
  const load = (): Promise<LoadedKeys> => {
    const loading = (keys ??= loadKeys(deps));
    loading.catch(() => {
      if (keys === loading) keys = undefined;
    });
    return loading;
  };

  return {
    /** @param options.typ names the kind of statement, so that one kind is never accepted as another (RFC 8725 §3.11). */
    async sign(payload: object, { typ }: { typ: string }): Promise<string> {
      const { kid, key } = await load();
      return new CompactSign(Buffer.from(JSON.stringify(payload)))
        .setProtectedHeader({ alg: ALGORITHM, kid, typ })
        .sign(key);
    },

    /** Null when the statement is not ours, was changed, or has another type. Retired keys still verify. */
    async verify(jws: string, { typ }: { typ: string }): Promise<VerifiedStatement | null> {
      const { find } = await load();
      return verify(jws, { typ, find });
    },
  };
}

export type Signer = ReturnType<typeof createSigner>;

interface LoadedKeys {
  readonly kid: string;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
  readonly find: ReturnType<typeof createLocalJWKSet>;
}

async function loadKeys(deps: SigningKeyDeps): Promise<LoadedKeys> {
  // Current keys come first.
  const keys = (await ensureSigningKeys(deps)).filter(({ alg }) => alg === ALGORITHM);
  const [current] = keys;
  if (current === undefined) throw new Error(`there is no ${ALGORITHM} key`);
  return {
    kid: current.kid,
    key: await importJWK(current, ALGORITHM),
    find: createLocalJWKSet({ keys: keys.map(publicPart) }),
  };
}

/** The public part of a key; only the members listed here are copied. */
function publicPart({ kty = 'EC', crv = '', x = '', y = '', kid, alg, use }: SigningJwk): JWK {
  return { kty, crv, x, y, kid, alg, use };
}

async function verify(
  jws: string,
  { typ, find }: { typ: string; find: LoadedKeys['find'] },
): Promise<VerifiedStatement | null> {
  if (jws.length > LONGEST_JWS) return null;
  try {
    const { payload, protectedHeader } = await compactVerify(jws, find, {
      algorithms: [ALGORITHM],
    });
    if (protectedHeader.typ !== typ) return null;
    return {
      payload: JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>,
      kid: protectedHeader.kid ?? '',
    };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'unavailable') throw error;
    return null;
  }
}
