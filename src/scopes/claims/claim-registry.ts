/**
 * Every claim of OpenID Connect that this server knows, in one place: values that people keep, their companions, claims that the
 * server derives, and claims of the protocol. Standard scopes, discovery, the vault and the pages derive from it. Administrators
 * add claims of their own: see `claim-catalogue.ts`.
 */
import { CLAIM_DEFINITIONS, type StandardClaim } from './standard-claims.ts';

/** The claim that the server derives from the released values: the time of the newest one. */
export const UPDATED_AT = 'updated_at';

/** The prefix of reads of records in the ledger: the namespace follows. */
export const RECORDS_PREFIX = 'records:';

/**
 * Claims that the library adds itself (OpenID Connect Core 1.0 §2). Those of the scope `openid` are in every ID token,
 * because clients expect them without a request.
 */
export const PROTOCOL_CLAIMS = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  others: ['iss', 'sid'],
} as const;

/** Claims that the consent page names when the app does not request them. */
export const NOTED_WHEN_NOT_SHARED = ['email', 'phone_number', 'address', 'birthdate'] as const;

/** Claims by which our own pages name an account, the best first. */
export const ACCOUNT_LABEL_CLAIMS = [
  'email',
  'preferred_username',
  'name',
  'phone_number',
] as const;

/** Claims whose values a person proves by a code. A proven one is a name to sign in with. */
export const ADDRESS_CLAIMS = ['email', 'phone_number'] as const;
export type AddressClaim = (typeof ADDRESS_CLAIMS)[number];

const BY_NAME = new Map(CLAIM_DEFINITIONS.map((definition) => [definition.name, definition]));
const COMPANIONS = CLAIM_DEFINITIONS.flatMap(({ name, verifiedClaim }) =>
  verifiedClaim === null ? [] : ([[verifiedClaim, name]] as const),
);
const DECIDING = new Map<string, string | null>([
  ...COMPANIONS,
  ...[UPDATED_AT, ...PROTOCOL_CLAIMS.openid, ...PROTOCOL_CLAIMS.others].map(
    (name) => [name, null] as const,
  ),
]);
/** Claims that state whether another one is verified, and are released together with it. */
export const COMPANION_CLAIMS: readonly string[] = COMPANIONS.map(([companion]) => companion);
const POSITIONS = new Map(CLAIM_DEFINITIONS.map(({ name }, place) => [name, place]));

/** The definition of a standard claim that people keep; a `ClaimCatalogue` has those of this installation as well. */
export function findClaimDefinition(name: string): StandardClaim | undefined {
  return BY_NAME.get(name);
}

/** Is this a claim of the standard, of any sort? */
export function isStandardClaim(name: string): boolean {
  return BY_NAME.has(name) || DECIDING.has(name);
}

/** Is this a statement about the sign-in itself, and not about the person's data? */
export function isProtocolClaim(name: string): boolean {
  return name !== UPDATED_AT && DECIDING.get(name) === null;
}

/** The claim whose decision covers `claim`, or null when no decision of the person is needed. */
export function decidingClaim(claim: string): string | null {
  const deciding = DECIDING.get(claim);
  return deciding === undefined ? claim : deciding;
}

/** Each claim once, followed by the one that states whether its value is verified and is released together with it. */
export function withCompanions(claims: readonly string[]): string[] {
  return [
    ...new Set(
      claims.flatMap((claim) => {
        const companion = findClaimDefinition(claim)?.verifiedClaim ?? null;
        return companion === null ? [claim] : [claim, companion];
      }),
    ),
  ];
}

/** The claims of a standard scope, companions included. */
export function claimsOfStandardScope(scope: string): readonly string[] {
  if (scope === 'openid') return ['sub'];
  const claims = CLAIM_DEFINITIONS.filter((definition) => definition.scope === scope);
  const names = withCompanions(claims.map(({ name }) => name));
  return scope === 'profile' ? [...names, UPDATED_AT] : names;
}

/** In the order of the profile; claims of this installation come last. */
export function inProfileOrder<T extends { readonly claim: string }>(entries: readonly T[]): T[] {
  const positionOf = ({ claim }: T): number => POSITIONS.get(claim) ?? POSITIONS.size;
  return entries.toSorted((one, other) => positionOf(one) - positionOf(other));
}
