import { page } from '../../http/pages/page.ts';
import type { RenderedPart } from '../../http/pages/part.ts';
import { localizedOf } from '../../http/routing/localized-text.ts';
import { type FormErrors, type FormValues, typedText } from '../../http/routing/page-route.ts';
import { type Localized, textIn } from '../../platform/languages.ts';
import type { Catalogue, ClaimDefinition, ClaimGroup, Scope } from '../../scopes/index.ts';
import { type Client, type Duration, DURATIONS } from '../client.ts';
import { type AppLine, toAppLine } from '../console/client-views.ts';
import { hasSignIn } from '../settings/client-settings.ts';
import { claimOrder, choiceIn, fieldOf } from './access-form-schema.ts';
import { isPermission, scopesOfChoice } from './set-requested-access.ts';

/** One claim as its part of the form. */
export interface DetailChoice {
  readonly claim: string;
  readonly title: string;
  readonly icon: string;
  readonly isSensitive: boolean;
  readonly necessity: 'none' | 'voluntary' | 'essential';
  readonly purpose: Localized;
  /** Reasons in languages that this server does not have. */
  readonly otherPurposes: readonly { readonly field: string; readonly text: string }[];
  readonly duration: Duration;
  /** Error codes by the name of the field. */
  readonly errors: FormErrors;
}

/** The claims of one part of the profile. */
interface DetailGroup {
  readonly group: ClaimGroup;
  readonly details: readonly DetailChoice[];
  readonly requestedCount: number;
  readonly isOpen: boolean;
}

/** One permission that can be ticked. */
interface PermissionChoice {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly sensitivity: Scope['sensitivity'];
  readonly isChosen: boolean;
  readonly isRetired: boolean;
}

/** Permissions of one kind: the sign-in itself, this server's API, or one other API. */
interface PermissionGroup {
  readonly kind: 'sign_in' | 'account' | 'api';
  /** Identifier of the API for kind `api`. */
  readonly resource: string;
  readonly permissions: readonly PermissionChoice[];
  readonly isAnyChosen: boolean;
}

/** An error with a link to its field. */
interface Problem {
  readonly field: string;
  /** The name of the detail; empty for an error of the permissions. */
  readonly title: string;
  readonly code: string;
}

interface PermissionsModel {
  readonly app: AppLine;
  readonly groups: readonly DetailGroup[];
  readonly permissionGroups: readonly PermissionGroup[];
  readonly durations: readonly Duration[];
  readonly requestedCount: number;
  /** The value of the parameter `scope` for this choice. */
  readonly scope: string;
  /** It has not registered claims, and requests all claims of its permissions. */
  readonly requestsEverything: boolean;
  readonly problems: readonly Problem[];
  /** An error of the form as a whole. */
  readonly formError: string;
  /** The consent page for this choice; null for an app to which people do not sign in. */
  readonly example: RenderedPart | null;
  readonly exampleLocale: string;
  /** The example is shown in a narrow window, too. */
  readonly isExampleOpen: boolean;
}

export const permissionsPage = page<PermissionsModel>('clients/permissions.njk');

interface PermissionsInput {
  readonly client: Client;
  readonly catalogue: Catalogue;
  readonly locale: string;
  /** The stored or the typed fields. */
  readonly values: FormValues;
  readonly errors: FormErrors;
  readonly example: RenderedPart | null;
  readonly exampleLocale: string;
  readonly isExampleOpen: boolean;
  readonly installed: readonly string[];
}

const GROUPS: readonly ClaimGroup[] = ['name', 'contact', 'about', 'place', 'other'];

/** The page "Details and permissions" of one app. */
export function permissionsModel(input: PermissionsInput): PermissionsModel {
  const { client, catalogue, values, errors, example, exampleLocale, isExampleOpen } = input;
  const order = hasSignIn(client.applicationType) ? claimOrder(client, catalogue) : [];
  const choice = choiceIn(values, order);
  const scopes = scopesOfChoice(client, choice, catalogue);
  return {
    app: toAppLine(client),
    groups: groupsOf(input, new Set(order)),
    permissionGroups: permissionGroupsOf(input, choice.permissions),
    durations: DURATIONS,
    requestedCount: choice.requests.length,
    scope: scopes.join(' '),
    requestsEverything:
      client.requests.length === 0 && catalogue.permittedClaims(client.scopes).length > 0,
    problems: order.flatMap((claim) => problemsOf(claim, input)).concat(permissionProblem(errors)),
    formError: errors['form'] ?? '',
    example,
    exampleLocale,
    isExampleOpen,
  };
}

function groupsOf(input: PermissionsInput, offered: ReadonlySet<string>): DetailGroup[] {
  const details = input.catalogue.claims.live.filter(({ name }) => offered.has(name));
  const groups = GROUPS.map((group) => {
    const own = details.filter((definition) => definition.group === group);
    const choices = own.map((definition) => toDetail(definition, input));
    const requestedCount = choices.filter(({ necessity }) => necessity !== 'none').length;
    const hasError = choices.some(({ errors }) => Object.keys(errors).length > 0);
    return { group, details: choices, requestedCount, isOpen: requestedCount > 0 || hasError };
  }).filter((group) => group.details.length > 0);
  // With nothing chosen yet the first groups show what there is to choose.
  if (groups.some(({ isOpen }) => isOpen)) return groups;
  return groups.map((group, index) => ({ ...group, isOpen: index < 2 }));
}

function toDetail(definition: ClaimDefinition, input: PermissionsInput): DetailChoice {
  const { name, icon, sensitivity, title } = definition;
  const { values, locale } = input;
  const necessity = typedText(values, fieldOf.necessity(name));
  const duration = typedText(values, fieldOf.duration(name));
  const purpose = localizedOf(values, `purpose_${name}`);
  return {
    claim: name,
    title: textIn(title, locale),
    icon,
    isSensitive: sensitivity === 'high',
    necessity: necessity === 'essential' || necessity === 'voluntary' ? necessity : 'none',
    purpose,
    otherPurposes: Object.entries(purpose)
      .filter(([language]) => !input.installed.includes(language))
      .map(([language, text = '']) => ({ field: fieldOf.purpose(name, language), text })),
    duration: DURATIONS.find((known) => known === duration) ?? 'until_withdrawn',
    errors: errorsOf(name, input),
  };
}

function errorsOf(claim: string, { errors }: PermissionsInput): FormErrors {
  const texts = fieldOf.purpose(claim, '');
  const isOwn = (field: string): boolean =>
    field === fieldOf.necessity(claim) ||
    field === fieldOf.duration(claim) ||
    field.startsWith(texts);
  return Object.fromEntries(Object.entries(errors).filter(([field]) => isOwn(field)));
}

function problemsOf(claim: string, input: PermissionsInput): Problem[] {
  const title = input.catalogue.claims.titleOf(claim, input.locale);
  return Object.entries(errorsOf(claim, input)).map(([field, code]) => ({ field, title, code }));
}

function permissionProblem(errors: FormErrors): Problem[] {
  const code = errors[fieldOf.permissions];
  return code === undefined ? [] : [{ field: fieldOf.permissions, title: '', code }];
}

function permissionGroupsOf(
  { client, catalogue, locale }: PermissionsInput,
  chosen: readonly string[],
): PermissionGroup[] {
  const own = client.scopes.flatMap((name) => catalogue.byName.get(name) ?? []);
  const retired = own.filter((scope) => scope.retiredAt !== null);
  const all = [...catalogue.dataScopes, ...catalogue.apiScopes, ...retired].filter(({ name }) =>
    isPermission(name, catalogue),
  );
  const resourceOf = (scope: Scope) => (scope.kind === 'api' ? scope.resource : null);
  const apis = new Set(all.flatMap((scope) => resourceOf(scope) ?? []));
  const group = (
    kind: PermissionGroup['kind'],
    resource: string,
    members: readonly Scope[],
  ): PermissionGroup => {
    const permissions = members.map((scope) => ({
      name: scope.name,
      title: textIn(scope.title, locale),
      description: textIn(scope.description, locale),
      sensitivity: scope.sensitivity,
      isChosen: chosen.includes(scope.name),
      isRetired: scope.retiredAt !== null,
    }));
    const isAnyChosen = permissions.some(({ isChosen }) => isChosen);
    return { kind, resource, permissions, isAnyChosen };
  };
  const signIn = all.filter(({ kind }) => kind === 'data');
  const account = all.filter((scope) => scope.kind === 'api' && scope.resource === null);
  return [
    ...(hasSignIn(client.applicationType)
      ? [group('sign_in', '', signIn), group('account', '', account)]
      : []),
    ...[...apis].map((resource) =>
      group(
        'api',
        resource,
        all.filter((scope) => resourceOf(scope) === resource),
      ),
    ),
  ].filter(({ permissions }) => permissions.length > 0);
}
