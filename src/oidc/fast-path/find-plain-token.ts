import type { AccessToken, ClientCredentials, Provider } from 'oidc-provider';

import { isTokenPrefixed } from '../adapters/adapter-token-kinds.ts';
import type { PlainForm } from './plain-request.ts';

/** An access token of either kind, with the members that only one kind has. */
export type PlainToken = (AccessToken | ClientCredentials) & {
  readonly accountId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly sid?: string | undefined;
  readonly rar?: unknown;
};

/** Finds the sealed access token that a form names. Null for JWTs, refresh tokens and tokens that are bound to a key. */
export async function findPlainToken(
  provider: Provider,
  { token: value }: PlainForm,
): Promise<PlainToken | null> {
  const token: PlainToken | undefined =
    value === undefined
      ? undefined
      : isTokenPrefixed('AccessToken', value)
        ? await provider.AccessToken.find(value)
        : isTokenPrefixed('ClientCredentials', value)
          ? await provider.ClientCredentials.find(value)
          : undefined;
  if (token === undefined || token.isSenderConstrained() || token.rar !== undefined) return null;
  return token;
}
