import { Provider } from 'oidc-provider';

import { STRUCTURED_TOKEN_MARK } from './adapter-token-kinds.ts';
import type { Signer } from '../../platform/keys/signer.ts';
import type {
  AccessTokenContent,
  AccessTokenKind,
  ArtifactStore,
  Tokens,
} from '../../tokens/index.ts';

interface StructuredTokenDeps {
  readonly signer: Pick<Signer, 'verify'>;
  readonly tokens: Pick<Tokens, 'findGrant'>;
}

/** The member of a JWT access token that names its grant (Grant Management for OAuth 2.0 §4). */
const GRANT = 'grant_id';

interface IssuedToken {
  readonly kind: string;
  readonly grantId?: string | undefined;
}

/** Adds the grant to a JWT access token, so that introspection can check whether the grant is still valid. */
export function nameGrant(
  { grantId }: IssuedToken,
  jwt: { readonly payload: Record<string, unknown> },
): undefined {
  if (grantId !== undefined) Object.assign(jwt.payload, { [GRANT]: grantId });
}

/**
 * Lets introspection answer about JWT access tokens (RFC 7662 §2.1, RFC 9068). A prefix is added to their value when
 * the library reads the parameters; the library does the rest, including authentication of the app.
 */
export function acceptStructuredTokens(provider: Provider): void {
  const { prototype } = provider.OIDCContext;
  const params = Object.getOwnPropertyDescriptor(prototype, 'params');
  Object.defineProperty(prototype, 'params', {
    ...params,
    set(this: { readonly route?: string }, value: Record<string, unknown> | undefined) {
      const token = value?.['token'];
      if (this.route === 'introspection' && typeof token === 'string' && isJwt(token)) {
        Object.assign(value ?? {}, { token: `${STRUCTURED_TOKEN_MARK}${token}` });
      }
      params?.set?.call(this, value);
    },
  });
}

/** A store of access tokens that, during introspection, also finds JWT access tokens, which are not stored. */
export function findStructuredTokens(
  deps: StructuredTokenDeps,
  kind: AccessTokenKind,
  store: ArtifactStore,
): ArtifactStore {
  return {
    ...store,
    find: async (value: string) => {
      if (!value.startsWith(STRUCTURED_TOKEN_MARK)) return store.find(value);
      if (Provider.ctx?.oidc.route !== 'introspection') return undefined;
      const found = await readStructuredToken(deps, value.slice(STRUCTURED_TOKEN_MARK.length));
      return found?.kind === kind ? found : undefined;
    },
  };
}

/** A JWT access token (RFC 9068). Undefined when this server did not sign it, or its grant has ended. The caller checks the expiry. */
export async function readStructuredToken(
  { signer, tokens }: StructuredTokenDeps,
  jwt: string,
): Promise<StructuredToken | undefined> {
  const verified = await signer.verify(jwt, { typ: 'at+jwt' });
  if (verified === null) return undefined;
  const { payload } = verified;
  const common = {
    jti: text(payload['jti']),
    iat: Number(payload['iat']),
    exp: Number(payload['exp']),
    aud: payload['aud'] as string,
    scope: text(payload['scope']),
    clientId: text(payload['client_id']),
    jkt: text((payload['cnf'] as { readonly jkt?: string } | undefined)?.jkt),
  };
  const grantId = text(payload[GRANT]);
  if (grantId === undefined) {
    return payload['sub'] === common.clientId
      ? { ...common, kind: 'ClientCredentials' }
      : undefined;
  }
  const grant = await tokens.findGrant(grantId);
  if (grant === null || grant.clientId !== common.clientId) return undefined;
  return { ...common, kind: 'AccessToken', grantId, accountId: grant.accountId };
}

/** Does the value have the shape of a JWT (RFC 7519 §3)? */
export function isJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

interface StructuredToken extends AccessTokenContent {
  readonly kind: AccessTokenKind;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
