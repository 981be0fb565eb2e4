/** scopes: the catalogue of permissions and claims. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import { buildCatalogue } from './build-catalogue.ts';
import { changeResourceServer } from './change-resource-server.ts';
import { changeScope } from './change-scope.ts';
import { defineResourceServer } from './define-resource-server.ts';
import { defineScope } from './define-scope.ts';
import { createResourceServerStore } from './resource-server-store.ts';
import { retireScope } from './retire-scope.ts';
import type { Catalogue } from './scope.ts';
import { createScopeStore } from './scope-store.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC, type ScopesContext } from './context.ts';

export { buildClaimCatalogue, type ClaimCatalogue } from './claims/claim-catalogue.ts';
export {
  CUSTOM_KINDS,
  type ClaimChoice,
  type ClaimDefinition,
  type ClaimGroup,
  type ClaimKind,
  type ClaimRules,
  type CustomClaimKind,
} from './claims/claim-definition.ts';
export {
  ACCOUNT_LABEL_CLAIMS,
  COMPANION_CLAIMS,
  decidingClaim,
  findClaimDefinition,
  inProfileOrder,
  isProtocolClaim,
  isStandardClaim,
  NOTED_WHEN_NOT_SHARED,
  PROTOCOL_CLAIMS,
  UPDATED_AT,
  withCompanions,
} from './claims/claim-registry.ts';
export { CLAIM_DEFINITIONS } from './claims/standard-claims.ts';
export { LONGEST_TEXT, toDefinition, type CustomClaim } from './claims/custom-claim.ts';
export { LIFETIME_LIMITS } from './scope.ts';
export type { Localized, Sensitivity } from './localized.ts';
export type {
  ApiScope,
  Catalogue,
  DataScope,
  RecordAccess,
  ResourceServer,
  Scope,
} from './scope.ts';
export { findResourceServer, introspectedBy } from './resource-identifier.ts';
export { CATALOGUE_KEY, CATALOGUE_TOPIC } from './context.ts';
export { tidy as tidyText, wordProblems } from './validate-scope.ts';

/** Connects the use cases to their dependencies. */
export function createScopes(deps: Omit<ScopesContext, 'catalogue'>) {
  const load = async (): Promise<Catalogue> => {
    const [scopes, servers, claims] = await Promise.all([
      createScopeStore(deps.db).listAll(),
      createResourceServerStore(deps.db).listAll(),
      deps.customClaims(),
    ]);
    return buildCatalogue({ scopes, servers, claims });
  };
  const cache = createFreshCache({ feed: deps.feed, topic: CATALOGUE_TOPIC, maxEntries: 1, load });
  return {
    /** The same object until something changes, on every node within the freshness bound of the feed. */
    catalogue: (): Promise<Catalogue> => cache.get(CATALOGUE_KEY),
    /** Every API that tokens were ever issued for, retired ones too; read from the database. */
    listResourceServers: () => createResourceServerStore(deps.db).listAll(),
    // A change of the catalogue starts from its newest state, not from a copy.
    ...bindUseCases({ ...deps, catalogue: load } satisfies ScopesContext, {
      defineScope,
      changeScope,
      retireScope,
      defineResourceServer,
      changeResourceServer,
    }),
  };
}

export type Scopes = ReturnType<typeof createScopes>;
