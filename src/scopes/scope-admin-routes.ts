import { Type } from 'typebox';

import {
  formPage,
  pageRoute,
  redirect,
  render,
  success,
  type FormErrors,
  type FormValues,
} from '../http/routing/page-route.ts';
import { sitePath } from '../http/pages/site-path.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import { textIn } from '../platform/languages.ts';
import type { Scopes } from './index.ts';
import type { Scope } from './scope.ts';
import { contentOf, NewScopeForm, ScopeForm, valuesOf, wordsOf } from './scope-form-schema.ts';
import {
  retireScopePage,
  scopePage,
  scopesPage,
  searchMatcher,
  toRetirement,
  toScopeLine,
  toServerLine,
  purposeOf,
  type ScopePurpose,
  type ScopeFormModel,
  type ScopeListModel,
} from './scope-views.ts';
import { ScopeParams } from './scope-path-schema.ts';

interface ScopeAdminDeps {
  readonly scopes: Scopes;
  /** The number of apps that may request at least one of these scopes; provided by `clients/`. */
  readonly countRequestingApps: (scopes: readonly string[]) => Promise<number>;
}

const PURPOSES: readonly ScopePurpose[] = ['data', 'api', 'records'];
const LIST = '/admin/permissions';
const ONE = '/admin/permissions/scopes/{name}';
const ON_ONE = { access: 'administrator', params: ScopeParams } as const;

/** Pages on which administrators define, change and retire permissions. */
export function scopeAdminRoutes(deps: ScopeAdminDeps): readonly AnyRoute[] {
  return [listRoute(deps), ...newRoutes(deps), ...changeRoutes(deps), ...retireRoutes(deps)];
}

function listRoute({ scopes }: ScopeAdminDeps): AnyRoute {
  return pageRoute({
    method: 'get',
    path: LIST,
    access: 'administrator',
    query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })) }),
    handle: async ({ query, request }) =>
      render(scopesPage, await listModel(scopes, query.q ?? '', request.locale)),
  });
}

async function listModel(scopes: Scopes, search: string, locale: string): Promise<ScopeListModel> {
  const [catalogue, servers] = await Promise.all([
    scopes.catalogue(),
    scopes.listResourceServers(),
  ]);
  const matches = searchMatcher(search, locale);
  return {
    search,
    scopes: [...catalogue.byName.values()]
      .map((scope) => toScopeLine(scope, locale))
      .toSorted((left, right) => Number(left.isStandard) - Number(right.isStandard))
      .filter((line) => matches(line.name, line.title, line.resource)),
    servers: servers
      .map((server) => toServerLine(server, locale))
      .filter((line) => matches(line.identifier, line.title)),
  };
}

function newRoutes({ scopes }: ScopeAdminDeps): readonly AnyRoute[] {
  return formPage({
    path: '/admin/permissions/new',
    access: 'administrator',
    query: Type.Object({ kind: Type.Optional(Type.Enum([...PURPOSES])) }),
    form: NewScopeForm,
    show: async ({ query, request: { locale }, formErrors, formValues }) => {
      const kind = PURPOSES.find((known) => known === formValues['kind']) ?? query.kind ?? 'data';
      const shown = { values: formValues, errors: formErrors ?? {}, locale };
      const model = {
        scope: null,
        kind,
        appsAsking: 0,
        retirement: null,
        ...(await choices(scopes, shown)),
      };
      return render(scopePage, model);
    },
    submit: async ({ form, caller }) => {
      const scope = await scopes.defineScope({
        actorId: caller.accountId,
        name: form.name.trim(),
        ...wordsOf(form),
        ...contentOf(form),
      });
      return redirect(LIST, success('scopes:flash.defined', { name: scope.name }));
    },
  });
}

function changeRoutes(deps: ScopeAdminDeps): readonly AnyRoute[] {
  const { scopes } = deps;
  return formPage({
    path: ONE,
    ...ON_ONE,
    form: ScopeForm,
    show: async ({ params: { name }, caller, request: { locale }, formErrors, formValues }) => {
      const scope = await findScope(scopes, name);
      const values = formErrors ? formValues : valuesOf(scope);
      return render(scopePage, {
        scope: toScopeLine(scope, locale),
        kind: purposeOf(scope),
        appsAsking: await deps.countRequestingApps([name]),
        retirement: toRetirement(scope, caller.accountId),
        ...(await choices(scopes, { values, errors: formErrors ?? {}, locale })),
      });
    },
    submit: async ({ params: { name }, form, caller }) => {
      const { kind } = await findScope(scopes, name);
      await scopes.changeScope({
        actorId: caller.accountId,
        name,
        ...wordsOf(form),
        ...(kind === 'data' ? { claims: form.claims ?? [] } : {}),
      });
      return redirect(LIST, success('scopes:flash.changed', { name }));
    },
  });
}

function retireRoutes(deps: ScopeAdminDeps): readonly AnyRoute[] {
  const { scopes } = deps;
  return formPage({
    path: `${ONE}/retire`,
    ...ON_ONE,
    show: async ({ params: { name }, request }) => {
      const scope = await findScope(scopes, name);
      if (scope.isStandard || scope.retiredAt !== null) {
        return redirect(sitePath`/admin/permissions/scopes/${name}`);
      }
      return render(retireScopePage, {
        scope: toScopeLine(scope, request.locale),
        appsAsking: await deps.countRequestingApps([name]),
      });
    },
    submit: async ({ params: { name }, caller }) => {
      await scopes.retireScope({ actorId: caller.accountId, name });
      return redirect(LIST, success('scopes:flash.retired', { name }));
    },
  });
}

interface Shown {
  readonly values: FormValues;
  readonly errors: FormErrors;
  readonly locale: string;
}

async function choices(
  scopes: Scopes,
  { values, errors, locale }: Shown,
): Promise<Pick<ScopeFormModel, 'claims' | 'chosenClaims' | 'servers' | 'values' | 'errors'>> {
  const { resourceServers, claims } = await scopes.catalogue();
  return {
    values,
    errors,
    claims: claims.live.map(({ name, title }) => ({ name, title: textIn(title, locale) })),
    chosenClaims: [values['claims'] ?? []].flat(),
    servers: resourceServers.map((server) => toServerLine(server, locale)),
  };
}

async function findScope(scopes: Scopes, name: string): Promise<Scope> {
  const scope = (await scopes.catalogue()).byName.get(name);
  if (scope === undefined) throw new AppError('not_found', 'scope_not_found');
  return scope;
}
