import { type Client as ProviderClient, errors, type KoaContextWithOIDC } from 'oidc-provider';

import type { GrantAction } from '../../consents/index.ts';
import { toProviderError } from '../provider-errors.ts';
import type { OidcContext } from '../context.ts';

/** The actions that an app may request in an authorization request (Grant Management for OAuth 2.0 §5.2). */
const REQUEST_ACTIONS = ['create', 'merge', 'replace'] as const;

/** Permissions that an app needs for its own grants; people do not decide about them (§6.1). */
export const GRANT_SCOPES = {
  query: 'grant_management_query',
  revoke: 'grant_management_revoke',
} as const;

export const GRANT_SCOPE_NAMES: readonly string[] = Object.values(GRANT_SCOPES);

/** Path of the Grant Management API. */
export const GRANTS_PATH = '/grants';

/** Its members in the discovery document (§7.1). */
export function grantManagementMetadata(issuer: string) {
  return {
    grant_management_actions_supported: ['query', 'revoke', ...REQUEST_ACTIONS],
    grant_management_endpoint: `${issuer}${GRANTS_PATH}`,
    grant_management_action_required: false,
  };
}

/** The two parameters of an authorization request. */
export interface GrantParameters {
  readonly grant_management_action?: unknown;
  readonly grant_id?: unknown;
}

/** The action of an authorization request that was checked already; undefined without one. */
export function grantActionOf(parameters: GrantParameters): GrantAction | undefined {
  const { grant_management_action: kind, grant_id: grantId } = parameters;
  if (kind === 'create') return { kind };
  if ((kind !== 'merge' && kind !== 'replace') || typeof grantId !== 'string') return undefined;
  return { kind, grantId };
}

type Validator = (ctx: KoaContextWithOIDC, value: unknown, client: ProviderClient) => Promise<void>;

/**
 * The parameters for the library's `extraParams`, with the checks of §5.4. They run for pushed requests too, so an app receives
 * the error before it redirects a browser.
 */
export function grantManagementParams(
  deps: OidcContext,
): Record<'grant_id' | 'grant_management_action', Validator | null> {
  return {
    grant_management_action: (ctx, _value, client) => checkRequest(deps, ctx, client),
    grant_id: null,
  };
}

async function checkRequest(
  { consents }: OidcContext,
  { oidc }: KoaContextWithOIDC,
  client: ProviderClient,
): Promise<void> {
  const parameters = (oidc.params ?? {}) as GrantParameters;
  const { grant_management_action: action, grant_id: grantId } = parameters;
  if (action === undefined && grantId === undefined) return;
  if (client.clientAuthMethod === 'none') {
    throw new errors.InvalidRequest('grant management is for apps that can keep a secret');
  }
  if (action === undefined) {
    throw new errors.InvalidRequest('grant_id needs a grant_management_action');
  }
  if (!REQUEST_ACTIONS.some((known) => known === action)) {
    throw new errors.InvalidRequest('grant_management_action is not one that is supported');
  }
  if (action === 'create') {
    if (grantId === undefined) return;
    throw new errors.InvalidRequest('grant_id cannot be combined with the action create');
  }
  if (typeof grantId !== 'string') throw new errors.InvalidRequest('this action needs a grant_id');
  const consent = await toProviderError(
    consents.findManaged({ grantId, clientId: client.clientId }),
  );
  if (consent === null) throw invalidGrantId();
}

/** The same answer for a grant that is unknown, has ended, or belongs to another app or to another person (§5.4). */
export function invalidGrantId(): Error {
  return new errors.CustomOIDCProviderError('invalid_grant_id', 'the grant_id is not valid here');
}
