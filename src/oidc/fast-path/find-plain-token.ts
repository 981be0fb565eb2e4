import { isTokenPrefixed } from '../adapters/adapter-token-kinds.ts';
import type { AccessTokenContent, AccessTokenKind } from '../../tokens/index.ts';
import type { FastPathContext } from './context.ts';
import { nowInSeconds } from './live-access.ts';

const KINDS: readonly AccessTokenKind[] = ['AccessToken', 'ClientCredentials'];

/**
 * The content of a live access token, read through the library's adapter and without its model. Null for a value without the
 * prefix of sealed tokens, and for a token that has ended, is bound to a key, or is bound to a session that has ended.
 */
export async function findPlainToken(
  ctx: FastPathContext,
  value: string | undefined,
): Promise<AccessTokenContent | null> {
  const kind = value === undefined ? undefined : kindOf(value);
  if (value === undefined || kind === undefined) return null;
  const token = (await ctx.provider[kind].adapter.find(value)) as AccessTokenContent | undefined;
  if (token === undefined || token.exp <= nowInSeconds() || !isPlain(token)) return null;
  return token.expiresWithSession !== true || (await ctx.sessions.holdsGrant(token)) ? token : null;
}

/** The kind that the prefix of a value names. */
export function kindOf(value: string): AccessTokenKind | undefined {
  return KINDS.find((kind) => isTokenPrefixed(kind, value));
}

function isPlain({ jkt, 'x5t#S256': thumbprint, rar, extra }: AccessTokenContent): boolean {
  return [jkt, thumbprint, rar, extra].every((member) => member === undefined);
}
