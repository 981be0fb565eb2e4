import { createFreshCache } from '../platform/fresh-cache.ts';
import { buildCatalogue } from './build-catalogue.ts';
import { changeResourceServer, type ChangeResourceServerInput } from './change-resource-server.ts';
import { changeScope, type ChangeScopeInput } from './change-scope.ts';
import { defineResourceServer, type DefineResourceServerInput } from './define-resource-server.ts';
import { defineScope, type DefineScopeInput } from './define-scope.ts';
import { createResourceServerStore } from './resource-server-store.ts';
import { retireScope, type RetireScopeInput } from './retire-scope.ts';
import type { Catalogue, ResourceServer, Scope } from './scope.ts';
import { createScopeStore } from './scope-store.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC, type ScopesDeps } from './scopes-deps.ts';

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
export { CATALOGUE_KEY, CATALOGUE_TOPIC } from './scopes-deps.ts';
export type { ScopesDeps } from './scopes-deps.ts';
export { tidy as tidyText, wordProblems } from './validate-scope.ts';

/** The catalogue of permissions. */
export interface Scopes {
  /** The same object until something changes, on every node within the freshness bound of the feed. */
  catalogue(): Promise<Catalogue>;
  /** Every API that tokens were ever issued for, retired ones too; read from the database. */
  listResourceServers(): Promise<readonly ResourceServer[]>;
  defineScope(input: DefineScopeInput): Promise<Scope>;
  changeScope(input: ChangeScopeInput): Promise<Scope>;
  retireScope(input: RetireScopeInput): Promise<void>;
  defineResourceServer(input: DefineResourceServerInput): Promise<ResourceServer>;
  changeResourceServer(input: ChangeResourceServerInput): Promise<ResourceServer>;
}

/** Binds the use cases of this slice. */
export function createScopes(deps: ScopesDeps): Scopes {
  const scopeStore = createScopeStore(deps.db);
  const serverStore = createResourceServerStore(deps.db);
  const load = async (): Promise<Catalogue> => {
    const [scopes, servers, claims] = await Promise.all([
      scopeStore.listAll(),
      serverStore.listAll(),
      deps.customClaims(),
    ]);
    return buildCatalogue({ scopes, servers, claims });
  };
  const cache = createFreshCache({ feed: deps.feed, topic: CATALOGUE_TOPIC, maxEntries: 1, load });
  const catalogue = (): Promise<Catalogue> => cache.get(CATALOGUE_KEY);
  // A change of the catalogue must start from its newest state, not from a copy.
  const writing = { ...deps, catalogue: load };

  return Object.freeze({
    catalogue,
    listResourceServers: () => serverStore.listAll(),
    defineScope: (input: DefineScopeInput) => defineScope(writing, input),
    changeScope: (input: ChangeScopeInput) => changeScope(writing, input),
    retireScope: (input: RetireScopeInput) => retireScope(writing, input),
    defineResourceServer: (input: DefineResourceServerInput) =>
      defineResourceServer(writing, input),
    changeResourceServer: (input: ChangeResourceServerInput) =>
      changeResourceServer(writing, input),
  });
}
