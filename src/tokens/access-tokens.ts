import { AppError } from '../platform/app-error.ts';
import {
  createSealer,
  deriveKeys,
  fingerprint,
  type KeySource,
  type Sealer,
  UnknownKeyError,
} from '../platform/keys/encryption.ts';
import {
  type AccessTokenContent,
  LAYOUT,
  packAccessToken,
  unpackAccessToken,
} from './access-token-layout.ts';
import type { ArtifactPayload, ArtifactStore } from './artifact.ts';
import type { RevokedTokens } from './revoked-tokens.ts';

/** A person's access token, or one of an app that acts for itself (RFC 6749 §4.4). */
export type AccessTokenKind = 'AccessToken' | 'ClientCredentials';

/** Keys whose list can be read again. */
export interface ReloadableKeys extends KeySource {
  /** @throws AppError `unavailable` when they cannot be read. */
  reload(): Promise<void>;
}

interface AccessTokensDeps {
  readonly keys: ReloadableKeys;
  readonly issuer: string;
  readonly revoked: RevokedTokens;
  /** Stores tokens whose content is too large to be sealed into the token itself. */
  readonly stores: Readonly<Record<AccessTokenKind, ArtifactStore>>;
}

/** Prefixes distinguish the kinds without a key, and let scanners find leaked tokens. */
export const ACCESS_TOKEN_PREFIXES: Readonly<Record<AccessTokenKind, string>> = {
  AccessToken: 'cat_',
  ClientCredentials: 'cct_',
};

const MOST_PACKED_BYTES = 1_024;
const LONGEST_TOKEN = 2_048;
const LAYOUT_BYTES = 1;

/**
 * Opaque access tokens. A token contains its data, sealed. Nothing is stored at issuance and nothing is read at its
 * use, so a loss of Redis neither ends nor revives a token. The caller checks the grant.
 */
export function createAccessTokens(deps: AccessTokensDeps) {
  const { revoked, stores } = deps;
  const codec = createTokenCodec(deps);
  const find = async (
    kind: AccessTokenKind,
    value: string,
  ): Promise<ArtifactPayload | undefined> => {
    const content = await (isSealed(value) ? codec.read(kind, value) : stores[kind].find(value));
    if (content === undefined || (await revoked.has(fingerprint(value)))) return undefined;
    return content;
  };

  /** Revokes a token for good, on every node. `expiresAt`: seconds since 1970. */
  const revoke = (value: string, expiresAt: number): Promise<void> =>
    revoked.add(fingerprint(value), new Date(expiresAt * 1000));

  return {
    /** The token, or null when the content is too large for one and has to be stored instead. */
    seal: codec.seal,
    revoke,
    /**
     * Finds sealed and stored tokens; `destroy` revokes both kinds permanently, on every node.
     * Throws AppError `unavailable` while the keys may not be used, or while this node lacks the key or the layout of a token.
     */
    store: (kind: AccessTokenKind): ArtifactStore => ({
      ...stores[kind],
      find: (value: string) => find(kind, value),
      destroy: async (value: string) => {
        const content = await find(kind, value);
        if (content?.exp !== undefined) await revoke(value, content.exp);
      },
    }),
  };
}

function createTokenCodec({ keys, issuer }: AccessTokensDeps) {
  const transientSealer = createSealer(deriveKeys(keys, 'access-token'));
  const contextOf = (kind: AccessTokenKind, layout: number) =>
    `access-token:${issuer}:${kind}:${String(layout)}`;
  const open = createOpener(keys, transientSealer);

  return {
    seal: (kind: AccessTokenKind, content: AccessTokenContent): string | null => {
      const packed = packAccessToken(content);
      if (packed.length > MOST_PACKED_BYTES) return null;
      const sealed = transientSealer.seal(packed, contextOf(kind, LAYOUT));
      const bytes = Buffer.concat([Buffer.from([LAYOUT]), sealed]);
      return ACCESS_TOKEN_PREFIXES[kind] + bytes.toString('base64url');
    },
    /** Undefined for a value that was never issued, and for a token whose key was destroyed. */
    read: async (kind: AccessTokenKind, value: string): Promise<AccessTokenContent | undefined> => {
      const bytes = decode(kind, value);
      if (bytes === null) return undefined;
      const layout = bytes.readUInt8(0);
      const opened = await open(bytes.subarray(LAYOUT_BYTES), contextOf(kind, layout));
      if (opened === null) return undefined;
      // It is authentic, so a newer release has issued it; this node can neither accept nor refuse it.
      if (layout !== LAYOUT) throw new AppError('unavailable', 'token_layout_unknown');
      return { ...unpackAccessToken(opened), jti: value, kind };
    },
  };
}

/** Opens a value with the keys in memory, then with newly read keys. Null for a value that is not authentic. */
function createOpener(
  keys: ReloadableKeys,
  transientSealer: Sealer,
): (sealed: Buffer, context: string) => Promise<Buffer | null> {
  let reloading: Promise<void> | null = null;
  /** One read of the keys for all waiting callers. */
  const reload = (): Promise<void> => {
    reloading ??= keys.reload().finally(() => {
      reloading = null;
    });
    return reloading;
  };
  const openWithNewest = async (sealed: Buffer, context: string): Promise<Buffer> => {
    try {
      return transientSealer.open(sealed, context);
    } catch (error) {
      const newest = Math.max(...keys.keys().map(({ version }) => version));
      if (!(error instanceof UnknownKeyError) || transientSealer.versionOf(sealed) <= newest)
        throw error;
      await reload();
      return transientSealer.open(sealed, context);
    }
  };
  return async (sealed, context) => {
    try {
      return await openWithNewest(sealed, context);
    } catch (error) {
      if (error instanceof AppError) throw error;
      return null;
    }
  };
}

function isSealed(value: string): boolean {
  return Object.values(ACCESS_TOKEN_PREFIXES).some((prefix) => value.startsWith(prefix));
}

/** The bytes of a token, only in its canonical spelling, so that a revoked token is not accepted in another one. */
function decode(kind: AccessTokenKind, value: string): Buffer | null {
  const prefix = ACCESS_TOKEN_PREFIXES[kind];
  if (!value.startsWith(prefix) || value.length > LONGEST_TOKEN) return null;
  const text = value.slice(prefix.length);
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > LAYOUT_BYTES && bytes.toString('base64url') === text ? bytes : null;
}
