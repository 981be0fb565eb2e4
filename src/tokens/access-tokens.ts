import { AppError } from '../platform/app-error.ts';
import {
  createSealer,
  deriveKeys,
  fingerprint,
  type KeySource,
  UnknownKeyError,
} from '../platform/encryption.ts';
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

/**
 * Opaque access tokens. A token is its own content, sealed: nothing is stored when it is issued and nothing is read when
 * it is used, so losing Redis neither ends nor revives one. Whether its grant still stands is looked up elsewhere.
 */
export interface AccessTokens {
  /** The token, or null when the content is too large for one and has to be stored instead. */
  seal(kind: AccessTokenKind, content: AccessTokenContent): string | null;
  /**
   * Finds sealed and stored tokens; `destroy` revokes either for good, on every node.
   * Throws AppError `unavailable` while the keys may not be used, or know less than the token needs.
   */
  store(kind: AccessTokenKind): ArtifactStore;
}

/** Keys whose list can be read anew. */
export interface ReloadableKeys extends KeySource {
  /** @throws AppError `unavailable` when they cannot be read. */
  reload(): Promise<void>;
}

export interface AccessTokensDeps {
  readonly keys: ReloadableKeys;
  readonly issuer: string;
  readonly revoked: RevokedTokens;
  /** Where tokens are whose content is too large to be sealed. */
  readonly stores: Readonly<Record<AccessTokenKind, ArtifactStore>>;
}

/** Tell the kinds apart without a key, and let scanners find tokens that lie around. */
export const ACCESS_TOKEN_PREFIXES: Readonly<Record<AccessTokenKind, string>> = Object.freeze({
  AccessToken: 'cat_',
  ClientCredentials: 'cct_',
});

const MOST_PACKED_BYTES = 1_024;
const LONGEST_TOKEN = 2_048;
const LAYOUT_BYTES = 1;

export function createAccessTokens(deps: AccessTokensDeps): AccessTokens {
  const { keys, issuer, revoked, stores } = deps;
  const sealer = createSealer(deriveKeys(keys, 'access-token'));
  let reloading: Promise<void> | null = null;
  const contextOf = (kind: AccessTokenKind, layout: number) =>
    `access-token:${issuer}:${kind}:${String(layout)}`;

  const open = async (kind: AccessTokenKind, bytes: Buffer): Promise<Buffer | null> => {
    const layout = bytes.readUInt8(0);
    const sealed = bytes.subarray(LAYOUT_BYTES);
    try {
      return await openWithNewest(sealed, contextOf(kind, layout));
    } catch (error) {
      if (error instanceof AppError) throw error;
      return null;
    }
  };
  /** One reading for all that wait for it. */
  const reload = (): Promise<void> => {
    reloading ??= keys.reload().finally(() => {
      reloading = null;
    });
    return reloading;
  };
  /** Another node may have sealed with a key that this node has not read yet. */
  const openWithNewest = async (sealed: Buffer, context: string): Promise<Buffer> => {
    try {
      return sealer.open(sealed, context);
    } catch (error) {
      const newest = Math.max(...keys.keys().map(({ version }) => version));
      if (!(error instanceof UnknownKeyError) || sealer.versionOf(sealed) <= newest) throw error;
      await reload();
      return sealer.open(sealed, context);
    }
  };
  const read = async (
    kind: AccessTokenKind,
    value: string,
  ): Promise<AccessTokenContent | undefined> => {
    const bytes = decode(kind, value);
    const opened = bytes === null ? null : await open(kind, bytes);
    if (bytes === null || opened === null) return undefined;
    // Authentic, so a newer release made it: this node cannot decide about it.
    if (bytes.readUInt8(0) !== LAYOUT) throw new AppError('unavailable', 'token_layout_unknown');
    return { ...unpackAccessToken(opened), jti: value, kind };
  };
  const find = async (
    kind: AccessTokenKind,
    value: string,
  ): Promise<ArtifactPayload | undefined> => {
    const content = isSealed(value) ? await read(kind, value) : await stores[kind].find(value);
    if (content === undefined || (await revoked.has(fingerprint(value)))) return undefined;
    return content;
  };

  return Object.freeze({
    seal: (kind: AccessTokenKind, content: AccessTokenContent) => {
      const packed = packAccessToken(content);
      if (packed.length > MOST_PACKED_BYTES) return null;
      const sealed = sealer.seal(packed, contextOf(kind, LAYOUT));
      const bytes = Buffer.concat([Buffer.from([LAYOUT]), sealed]);
      return ACCESS_TOKEN_PREFIXES[kind] + bytes.toString('base64url');
    },
    store: (kind: AccessTokenKind): ArtifactStore =>
      Object.freeze({
        ...stores[kind],
        find: (value: string) => find(kind, value),
        destroy: async (value: string) => {
          const content = await find(kind, value);
          if (content?.exp === undefined) return;
          await revoked.add(fingerprint(value), new Date(content.exp * 1000));
        },
      }),
  });
}

function isSealed(value: string): boolean {
  return Object.values(ACCESS_TOKEN_PREFIXES).some((prefix) => value.startsWith(prefix));
}

/** The bytes of a token in its only spelling: a revoked one cannot be spelt in another way. */
function decode(kind: AccessTokenKind, value: string): Buffer | null {
  const prefix = ACCESS_TOKEN_PREFIXES[kind];
  if (!value.startsWith(prefix) || value.length > LONGEST_TOKEN) return null;
  const text = value.slice(prefix.length);
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > LAYOUT_BYTES && bytes.toString('base64url') === text ? bytes : null;
}
