/** scopes: the catalogue of permissions and claims. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import { buildCatalogue } from './build-catalogue.ts';
import { changeResourceServer } from './change-resource-server.ts';
import { changeScope } from './change-scope.ts';
import { defineResourceServer } from './define-resource-server.ts';
import { changeClaim, retireClaim } from './custom-claims/change-claim.ts';
import { createCustomClaimStore } from './custom-claims/custom-claim-store.ts';
import { defineClaim } from './custom-claims/define-claim.ts';
import { defineScope } from './define-scope.ts';
import { createResourceServerStore } from './resource-server-store.ts';
import { retireScope } from './retire-scope.ts';
import type { Catalogue } from './scope.ts';
import { createScopeStore } from './scope-store.ts';
import { describeStandard, type StandardTexts } from './standard-texts.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC, type ScopesContext } from './context.ts';

export { buildClaimCatalogue, type ClaimCatalogue } from './claims/claim-catalogue.ts';
export {
  CUSTOM_KINDS,
  type ClaimDefinition,
  type ClaimGroup,
  type ClaimKind,
  type ClaimRules,
  type CustomClaimKind,
} from './claims/claim-definition.ts';
export {
  ACCOUNT_LABEL_CLAIMS,
  ADDRESS_CLAIMS,
  type AddressClaim,
  COMPANION_CLAIMS,
  decidingClaim,
  findClaimDefinition,
  inProfileOrder,
  isProtocolClaim,
  isStandardClaim,
  NOTED_WHEN_NOT_SHARED,
  PROTOCOL_CLAIMS,
  RECORDS_PREFIX,
  UPDATED_AT,
  withCompanions,
} from './claims/claim-registry.ts';
export { CLAIM_DEFINITIONS, type StandardClaim } from './claims/standard-claims.ts';
export { toDefinition, type CustomClaim } from './custom-claims/custom-claim.ts';
export { matchesPattern } from './custom-claims/safe-pattern.ts';
export { coverClaims } from './cover-claims.ts';
export type { Sensitivity } from './sensitivity.ts';
export { describeStandard, type StandardTexts } from './standard-texts.ts';
export type {
  ApiScope,
  Catalogue,
  DataScope,
  RecordAccess,
  ResourceServer,
  Scope,
} from './scope.ts';
export { findResourceServer, introspectedBy } from './resource-identifier.ts';

/** Connects the use cases to their dependencies. */
export function createScopes({
  texts,
  ...deps
}: Omit<ScopesContext, 'catalogue'> & { readonly texts: StandardTexts }) {
  const standard = describeStandard(texts);
  const load = async (): Promise<Catalogue> => {
    const [scopes, servers, claims] = await Promise.all([
      createScopeStore(deps.db).listAll(),
      createResourceServerStore(deps.db).listAll(),
      createCustomClaimStore(deps.db).listAll(),
    ]);
    return buildCatalogue({ scopes, servers, claims }, standard);
  };
  const cache = createFreshCache({ feed: deps.feed, topic: CATALOGUE_TOPIC, maxEntries: 1, load });
  return {
    /** The same object until something changes, on every node within the freshness bound of the feed. */
    catalogue: (): Promise<Catalogue> => cache.get(CATALOGUE_KEY),
    /** Every claim: standard ones and those of this installation, as fresh as `catalogue`. */
    claims: async () => (await cache.get(CATALOGUE_KEY)).claims,
    /** As `claims`, read from the database now. */
    loadClaims: async () => (await load()).claims,
    /** Every API that tokens were ever issued for, retired ones too; read from the database. */
    listResourceServers: () => createResourceServerStore(deps.db).listAll(),
    // A change of the catalogue starts from its newest state, not from a copy.
    ...bindUseCases({ ...deps, catalogue: load } satisfies ScopesContext, {
      defineScope,
      changeScope,
      retireScope,
      defineResourceServer,
      changeResourceServer,
      defineClaim,
      changeClaim,
      retireClaim,
    }),
  };
}

export type Scopes = ReturnType<typeof createScopes>;
