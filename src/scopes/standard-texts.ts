import type { Localized } from '../platform/languages.ts';
import type { StandardClaims } from './claims/claim-catalogue.ts';
import { RECORDS_PREFIX, UPDATED_AT } from './claims/claim-registry.ts';
import { CLAIM_DEFINITIONS } from './claims/standard-claims.ts';
import type { Scope } from './scope.ts';
import { ACCOUNT_API_SCOPES, STANDARD_DATA_SCOPES } from './standard-scopes.ts';

/** Finds one of our own texts below this path, such as `claims`, `email`, `title`. @throws Error when there is none. */
export type StandardTexts = (path: readonly string[]) => Localized;

/** The scopes and claims of every installation, with their texts. */
export interface StandardEntries extends StandardClaims {
  readonly scopes: readonly Scope[];
}

/** Adds the texts to the standard entries. */
export function describeStandard(texts: StandardTexts): StandardEntries {
  const describe = <T extends { readonly name: string }>(kind: 'scopes' | 'claims', entry: T) => ({
    ...entry,
    title: texts([kind, entry.name, 'title']),
    description: texts([kind, entry.name, 'description']),
  });
  return {
    scopes: [
      ...STANDARD_DATA_SCOPES.map((scope) => describe('scopes', scope)),
      ...ACCOUNT_API_SCOPES.map((scope) => describe('scopes', scope)),
    ],
    claims: CLAIM_DEFINITIONS.map((claim) => describe('claims', claim)),
    derived: new Map([
      [UPDATED_AT, texts(['derived', 'updatedAt'])],
      [RECORDS_PREFIX, texts(['derived', 'records'])],
    ]),
    answers: { yes: texts(['answers', 'yes']), no: texts(['answers', 'no']) },
  };
}
