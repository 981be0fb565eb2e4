import { page } from '../http/pages/page.ts';
import type { FormErrors, FormValues } from '../http/routing/page-route.ts';
import { textIn } from '../platform/languages.ts';
import { decidingClaim } from './claims/claim-registry.ts';
import type { ResourceServer, Scope } from './scope.ts';

/** The kind of a permission, as pages name it. */
export type ScopePurpose = Scope['kind'] | 'records' | 'sign_in';

export type ScopeLine = ReturnType<typeof toScopeLine>;
export type ServerLine = ReturnType<typeof toServerLine>;

export interface ScopeListModel {
  /** Permissions of this installation first. */
  readonly scopes: readonly ScopeLine[];
  readonly servers: readonly ServerLine[];
  readonly search: string;
}

/** The members of every form page beside its fields. */
interface FormModel {
  readonly values: FormValues;
  readonly errors: FormErrors;
}

export interface ScopeFormModel extends FormModel {
  /** `null` for a new permission. */
  readonly scope: ScopeLine | null;
  readonly kind: ScopePurpose;
  /** The claims that a permission for details can cover. */
  readonly claims: readonly { readonly name: string; readonly title: string }[];
  readonly chosenClaims: readonly string[];
  readonly servers: readonly ServerLine[];
  readonly appsAsking: number;
  readonly retirement: Retirement | null;
}

/** When a permission or a claim was retired, and by whom as far as the reader may know. */
export interface Retirement {
  readonly at: Date;
  readonly by: 'you' | 'other' | null;
}

export const scopesPage = page<ScopeListModel>('scopes/permissions.njk');
export const scopePage = page<ScopeFormModel>('scopes/permission.njk');
export const retireScopePage = page<
  Pick<ScopeFormModel, 'appsAsking'> & { readonly scope: ScopeLine }
>('scopes/retire.njk');
export const resourceServerPage = page<FormModel & { readonly server: ServerLine | null }>(
  'scopes/api.njk',
);

/** The kind of a permission. */
export function purposeOf(scope: Scope): ScopePurpose {
  if (scope.kind === 'data') {
    return scope.claims.some((claim) => decidingClaim(claim) !== null) ? 'data' : 'sign_in';
  }
  return scope.records === undefined ? 'api' : 'records';
}

/** A permission as lists and headings show it. */
export function toScopeLine(scope: Scope, locale: string) {
  return {
    name: scope.name,
    title: textIn(scope.title, locale),
    description: textIn(scope.description, locale),
    kind: purposeOf(scope),
    resource: scope.kind === 'api' ? scope.resource : null,
    sensitivity: scope.sensitivity,
    isStandard: scope.isStandard,
    isRetired: scope.retiredAt !== null,
  };
}

/** The retirement as its page shows it to this administrator; null while it is in use. */
export function toRetirement(
  { retiredAt, retiredBy }: Pick<Scope, 'retiredAt' | 'retiredBy'>,
  readerId: string,
): Retirement | null {
  if (retiredAt === null) return null;
  const by = retiredBy === readerId ? 'you' : 'other';
  return { at: retiredAt, by: retiredBy === null ? null : by };
}

/** An API as lists and headings show it. */
export function toServerLine(server: ResourceServer, locale: string) {
  return {
    identifier: server.identifier,
    title: textIn(server.title, locale),
    accessTokenFormat: server.accessTokenFormat,
    accessTokenLifetimeSeconds: server.accessTokenLifetimeSeconds,
    isRetired: server.retiredAt !== null,
  };
}

/** Tests whether texts of a line contain every word of a search. */
export function searchMatcher(search: string, locale: string) {
  const words = search.toLocaleLowerCase(locale).split(/\s+/).filter(Boolean);
  return (...texts: readonly (string | null)[]): boolean => {
    const text = texts.join(' ').toLocaleLowerCase(locale);
    return words.every((word) => text.includes(word));
  };
}
