import type { Provider } from 'oidc-provider';

import {
  type AccessTokenContent,
  type AccessTokenKind,
  type Tokens,
  unknownMembers,
} from '../../tokens/index.ts';
import { toProviderError } from '../provider-errors.ts';

/** The value and the payload of a token in the library; without a payload it stores nothing, as for JWTs. */
interface IssuedValue {
  readonly value: string;
  readonly payload?: AccessTokenContent;
}

interface LibraryToken {
  jti: string;
  getValueAndPayload(): Promise<IssuedValue>;
}

interface LibraryTokenClass {
  readonly IN_PAYLOAD: readonly string[];
  readonly prototype: LibraryToken;
}

const KINDS: readonly AccessTokenKind[] = ['AccessToken', 'ClientCredentials'];

/**
 * Opaque access tokens are sealed instead of stored. The library's `save` stores the payload that `getValueAndPayload`
 * returns, and returns its value (lib/models/base_model.js). JWT access tokens, which have no payload, and contents too large
 * for a token stay as they are.
 * @throws Error at start when the code of the library that makes tokens is not the one that this replaces.
 */
export function sealAccessTokens(
  provider: Provider,
  tokens: Pick<Tokens, 'sealAccessToken'>,
): void {
  for (const kind of KINDS) {
    const model = provider[kind] as unknown as LibraryTokenClass;
    refuseUnknownLibrary(kind, model);
    const issueUnsealed = model.prototype.getValueAndPayload;
    model.prototype.getValueAndPayload = async function (this: LibraryToken) {
      const issued = await issueUnsealed.call(this);
      if (issued.payload === undefined) return issued;
      const sealed = await sealDuring(tokens, kind, issued.payload);
      if (sealed === null) return issued;
      this.jti = sealed;
      return { value: sealed };
    };
  }
}

/** Keys may be out of reach for a while, which is an outage. */
function sealDuring(
  tokens: Pick<Tokens, 'sealAccessToken'>,
  kind: AccessTokenKind,
  payload: AccessTokenContent,
): Promise<string | null> {
  return toProviderError((async () => tokens.sealAccessToken(kind, payload))());
}

function refuseUnknownLibrary(kind: AccessTokenKind, model: LibraryTokenClass): void {
  const isReplaceable = Object.hasOwn(model.prototype, 'getValueAndPayload');
  const unknown = unknownMembers(model.IN_PAYLOAD);
  if (isReplaceable && unknown.length === 0) return;
  throw new Error(
    `oidc-provider issues ${kind} in a way that cannot be sealed: ${unknown.join(' ')}`,
  );
}
