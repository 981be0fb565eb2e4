import { page } from '../../http/pages/page.ts';
import { localizedOf } from '../../http/routing/localized-text.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import { type Localized, textIn } from '../../platform/languages.ts';
import type { Catalogue, Scope } from '../../scopes/index.ts';
import { type ClaimRequest, type Client, type Duration, DURATIONS, purposeIn } from '../client.ts';
import { hasSignIn } from '../settings/client-settings.ts';
import { toAppLine, type AppLine } from '../console/client-views.ts';

/** One permission that can be ticked. */
interface ScopeChoice {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly sensitivity: Scope['sensitivity'];
  readonly isChosen: boolean;
  /** It is part of every sign-in. */
  readonly isFixed: boolean;
  readonly isRetired: boolean;
}

/** Permissions of one kind: details, this server's API, or one other API. */
interface ScopeGroup {
  readonly kind: 'data' | 'account' | 'api';
  /** Identifier of the API for kind `api`. */
  readonly resource: string;
  readonly scopes: readonly ScopeChoice[];
  readonly isAnyChosen: boolean;
}

/** One claim that the app can request, as its part of the form. */
export interface ClaimChoice {
  readonly claim: string;
  readonly title: string;
  readonly necessity: 'none' | 'voluntary' | 'essential';
  readonly purpose: Localized;
  /** The saved reason in the reader's language; empty when there is none. */
  readonly reason: string;
  readonly duration: Duration;
  /** Error codes of the purpose by language. */
  readonly errors: Readonly<Record<string, string>>;
  readonly hasError: boolean;
}

interface PermissionsModel {
  readonly app: AppLine;
  readonly groups: readonly ScopeGroup[];
  readonly claims: readonly ClaimChoice[];
  readonly durations: readonly Duration[];
  readonly scopesError: string;
  readonly claimsError: string;
}

export const permissionsPage = page<PermissionsModel>('clients/permissions.njk');

interface RefusedForm {
  readonly values: FormValues;
  readonly errors: FormErrors;
}

/** The values of the two forms of the page, after one of them was refused. */
export interface RefusedForms {
  readonly refusedScopes?: RefusedForm;
  /** `order`: the requested claims in their order. */
  readonly refusedClaims?: RefusedForm & { readonly order: readonly string[] };
}

interface PermissionsInput extends RefusedForms {
  readonly client: Client;
  readonly catalogue: Catalogue;
  readonly locale: string;
}

/** The permissions page of one app. */
export function permissionsModel(input: PermissionsInput): PermissionsModel {
  const { client, catalogue, refusedScopes, refusedClaims } = input;
  return {
    app: toAppLine(client),
    groups: groupsOf(input),
    claims: claimOrder(client, catalogue).map((claim) => toClaimChoice(claim, input)),
    durations: DURATIONS,
    scopesError: firstError(refusedScopes?.errors, ''),
    claimsError: firstError(refusedClaims?.errors, 'purpose'),
  };
}

/** The claims that the app can request: those it requests first, in its own order. */
export function claimOrder(client: Client, catalogue: Catalogue): string[] {
  const requested = client.requests.map(({ claim }) => claim);
  const all = new Set([...requested, ...catalogue.permittedClaims(client.scopes)]);
  return [...all].filter((claim) => catalogue.claims.find(claim)?.retiredAt === null);
}

function groupsOf({ client, catalogue, locale, refusedScopes }: PermissionsInput): ScopeGroup[] {
  const chosen =
    refusedScopes === undefined ? client.scopes : valuesOf(refusedScopes.values['scopes']);
  const own = client.scopes.flatMap((name) => catalogue.byName.get(name) ?? []);
  const retired = own.filter((scope) => scope.retiredAt !== null);
  const all: readonly Scope[] = [...catalogue.dataScopes, ...catalogue.apiScopes, ...retired];
  const apis = new Set(
    all.flatMap((scope) => (scope.kind === 'api' ? (scope.resource ?? []) : [])),
  );
  const group = (kind: ScopeGroup['kind'], resource: string, members: readonly Scope[]) => {
    const scopes = members.map((scope) => ({
      name: scope.name,
      title: textIn(scope.title, locale),
      description: textIn(scope.description, locale),
      sensitivity: scope.sensitivity,
      isChosen: chosen.includes(scope.name),
      isFixed: scope.name === 'openid',
      isRetired: scope.retiredAt !== null,
    }));
    return { kind, resource, scopes, isAnyChosen: scopes.some(({ isChosen }) => isChosen) };
  };
  const ofApi = (resource: string | null) =>
    all.filter((scope) => scope.kind === 'api' && scope.resource === resource);
  const data = all.filter(({ kind }) => kind === 'data');
  return [
    ...(hasSignIn(client.applicationType)
      ? [group('data', '', data), group('account', '', ofApi(null))]
      : []),
    ...[...apis].map((resource) => group('api', resource, ofApi(resource))),
  ].filter(({ scopes }) => scopes.length > 0);
}

function toClaimChoice(claim: string, input: PermissionsInput): ClaimChoice {
  const request = input.client.requests.find((known) => known.claim === claim);
  const refused = input.refusedClaims;
  const index = refused?.order.indexOf(claim) ?? -1;
  const place = `requests.${String(index)}.purpose.`;
  const errors = Object.entries(refused?.errors ?? {}).filter(([field]) => field.startsWith(place));
  return {
    claim,
    title: input.catalogue.claims.titleOf(claim, input.locale),
    reason: purposeIn(request?.purpose ?? null, input.locale) ?? '',
    ...(refused === undefined
      ? savedFields(request, input.client)
      : sentFields(claim, refused.values)),
    errors: Object.fromEntries(errors.map(([field, code]) => [field.slice(place.length), code])),
    hasError: errors.length > 0,
  };
}

type Fields = Pick<ClaimChoice, 'necessity' | 'purpose' | 'duration'>;

/** An app without registered claims requests all claims of its permissions, each optional. */
function savedFields(request: ClaimRequest | undefined, { requests }: Client): Fields {
  return {
    necessity: request?.necessity ?? (requests.length === 0 ? 'voluntary' : 'none'),
    purpose: request?.purpose ?? { en: '' },
    duration: request?.longestDuration ?? 'until_withdrawn',
  };
}

function sentFields(claim: string, values: FormValues): Fields {
  const text = (field: string): string => valuesOf(values[`${field}_${claim}`])[0] ?? '';
  const necessity = text('necessity');
  return {
    necessity: necessity === 'essential' || necessity === 'voluntary' ? necessity : 'none',
    purpose: localizedOf(values, `purpose_${claim}`),
    duration: DURATIONS.find((known) => known === text('duration')) ?? 'until_withdrawn',
  };
}

/** The first error that has no field of its own on the page. */
function firstError(errors: FormErrors | undefined, shownAtField: string): string {
  const rest = Object.entries(errors ?? {}).find(
    ([field]) => shownAtField === '' || !field.includes(`.${shownAtField}.`),
  );
  return rest?.[1] ?? '';
}

function valuesOf(value: FormValues[string] | undefined): readonly string[] {
  return value === undefined ? [] : [value].flat();
}
