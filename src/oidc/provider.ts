import {
  Provider,
  type Adapter,
  type Configuration,
  type interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';

import type { Catalogue } from '../scopes/index.ts';
import { adaptSessionClass } from './adapters/adapter-session-rotation.ts';
import { sealAccessTokens } from './adapters/seal-access-tokens.ts';
import { adaptClientClass, createClientAdapter } from './adapters/client-adapter.ts';
import { checkParameters } from './authorization/check-parameters.ts';
import { protocolConfiguration } from './configuration.ts';
import { findAccount } from './find-account.ts';
import { createGrantAdapter } from './adapters/grant-adapter.ts';
import { grantManagementParams } from './grant-management/grant-management.ts';
import { loadExistingGrant } from './adapters/load-grant.ts';
import { mayIntrospect } from './client-authentication/may-introspect.ts';
import { narrowRequest } from './authorization/narrow-request.ts';
import { adaptOwnTokenClass } from './own-tokens.ts';
import { checkParameterLengths } from './authorization/parameter-lengths.ts';
import type { ProviderPages } from './provider-views.ts';
import { describeResourceServer } from './resource-servers.ts';
import type { SigningJwk } from '../platform/keys/signing-keys.ts';
import { acceptStructuredTokens, nameGrant } from './adapters/structured-tokens.ts';
import { toProviderError } from './provider-errors.ts';
import { pairwiseSubject, subjectOf } from './subject.ts';
import type { OidcContext } from './context.ts';

export interface ProviderDeps extends OidcContext {
  /** Storage of everything except clients and grants. */
  readonly storage: (model: string) => Adapter;
  readonly pages: ProviderPages;
  /** When a person sees a page. */
  readonly policy: interactionPolicy.DefaultPolicy;
}

/** The library, set up with our rules. Rebuilt when the catalogue or the keys change. */
export function createProvider(
  deps: ProviderDeps,
  catalogue: Catalogue,
  keys: readonly SigningJwk[],
): Provider {
  const { settings, pages } = deps;
  const clientAdapter = createClientAdapter(deps.clients);
  const grantAdapter = createGrantAdapter(deps);

  const basics = protocolConfiguration(settings, catalogue, keys);
  const provider = new Provider(settings.issuer, {
    ...basics,
    adapter: (model: string) => {
      if (model === 'Client') return clientAdapter;
      if (model === 'Grant') return grantAdapter;
      return deps.storage(model);
    },
    findAccount: (ctx, accountId, artifact) => findAccount(deps, { ctx, accountId, artifact }),
    loadExistingGrant: (ctx) => loadExistingGrant(deps, ctx),
    interactions: {
      policy: deps.policy,
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    pairwiseIdentifier: (_ctx, accountId, client) =>
      pairwiseSubject(settings.pairwiseSalt, client, accountId),
    extraParams: requestChecks(deps),
    renderError: pages.renderError,
    formats: {
      ...basics.formats,
      customizers: { jwt: (_ctx, token, jwt) => nameGrant(token, jwt) },
    },
    features: features(deps),
  });
  // The server may be behind proxies; http/arrival/ingress.ts sets the canonical host and protocol.
  provider.proxy = true;
  adaptClientClass(provider, deps.clients);
  adaptOwnTokenClass(provider, deps);
  adaptSessionClass(provider, async ({ accountId, ...session }) => {
    const account = await toProviderError(deps.accounts.find(accountId));
    const isAdministrator = account?.isAdministrator === true;
    return deps.sessions.secondsLeft({ session, isAdministrator });
  });
  checkParameters(provider, catalogue);
  acceptStructuredTokens(provider);
  sealAccessTokens(provider, deps.tokens);
  return provider;
}

/** The library runs these for every authorization request after its own checks, whether or not the parameter is there. */
function requestChecks(deps: OidcContext): NonNullable<Configuration['extraParams']> {
  const grantManagement = grantManagementParams(deps);
  return {
    ...grantManagement,
    grant_management_action: async (ctx, value, client) => {
      checkParameterLengths(ctx);
      await narrowRequest(deps, ctx, client);
      await grantManagement.grant_management_action?.(ctx, value, client);
    },
  };
}

function features(deps: ProviderDeps): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    // Keys that sign by our own code; see `sync-signing-key.ts`.
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => mayIntrospect(deps, client, token),
    },
    revocation: { enabled: true, allowedPolicy: isOwnToken },
    pushedAuthorizationRequests: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx: KoaContextWithOIDC, form: string) =>
        deps.pages.confirmSignOut(ctx, { form, isOtherAccount: isHintOfAnother(deps, ctx) }),
      postLogoutSuccessSource: deps.pages.signedOut,
    },
    // Announced by the library, and sent by `logout-notices/`; see `adaptClientClass`.
    backchannelLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: (_ctx: KoaContextWithOIDC, granted: GrantedResource) =>
        hasOneResource(granted),
      getResourceServerInfo: (
        _ctx: KoaContextWithOIDC,
        identifier: string,
        client: { readonly clientId: string },
      ) => describeResourceServer(deps, identifier, client.clientId),
    },
  };
}

/** Does the app name an account by its ID token, and is another one signed in? */
function isHintOfAnother({ settings }: ProviderDeps, { oidc }: KoaContextWithOIDC): boolean {
  const { client, session, entities } = oidc;
  const { payload } = (entities['IdTokenHint'] ?? {}) as { readonly payload?: { sub?: unknown } };
  const accountId = session?.accountId;
  if (payload === undefined || client === undefined || accountId === undefined) return false;
  return payload.sub !== subjectOf(settings.pairwiseSalt, client, accountId);
}

interface GrantedResource {
  readonly resource?: string | readonly string[] | undefined;
}

/** A token request without `resource` is for the only one of the authorization request (RFC 8707 §2.2); with several, it is for none of them. */
function hasOneResource({ resource }: GrantedResource): boolean {
  return typeof resource === 'string' || resource?.length === 1;
}

/**
 * The token of another app stays valid, and the answer is the same as for the app's own token (RFC 7009 §2.1, §2.2).
 */
function isOwnToken(
  _ctx: KoaContextWithOIDC,
  client: { readonly clientId: string },
  token: { readonly clientId?: string | undefined },
): boolean {
  return token.clientId === client.clientId;
}
