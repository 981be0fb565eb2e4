import { Type } from 'typebox';

import { formPage, pageRoute, redirect, render, success } from '../../http/routing/page-route.ts';
import { sitePath } from '../../http/pages/site-path.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import { CUSTOM_KINDS } from '../claims/claim-definition.ts';
import type { Scopes } from '../index.ts';
import { type Languages, textIn } from '../../platform/languages.ts';
import type { Catalogue, DataScope } from '../scope.ts';
import { type Retirement, searchMatcher, toRetirement } from '../scope-views.ts';
import {
  ClaimForm,
  claimFormValues,
  claimOfForm,
  ClaimParams,
  NewClaimForm,
} from './claim-form-schema.ts';
import {
  claimKindPage,
  claimPage,
  claimsPage,
  retireClaimPage,
  retiredClaimPage,
  toClaimLine,
  type ClaimListModel,
} from './claim-views.ts';
import type { CustomClaim } from './custom-claim.ts';

interface ClaimAdminDeps {
  readonly scopes: Scopes;
  readonly languages: Pick<Languages, 'installed'>;
  /** The number of apps that may request at least one of these permissions; provided by `clients/`. */
  readonly countRequestingApps: (scopes: readonly string[]) => Promise<number>;
}

const LIST = '/admin/details';
const ONE = '/admin/details/{name}';
const ON_ONE = { access: 'administrator', params: ClaimParams } as const;

/** Pages on which administrators define, change and retire claims of this installation. */
export function claimAdminRoutes(deps: ClaimAdminDeps): readonly AnyRoute[] {
  return [listRoute(deps), ...newRoutes(deps), ...changeRoutes(deps), ...retireRoutes(deps)];
}

function listRoute(deps: ClaimAdminDeps): AnyRoute {
  return pageRoute({
    method: 'get',
    path: LIST,
    access: 'administrator',
    query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })) }),
    handle: async ({ query, request }) =>
      render(claimsPage, await listModel(deps, query.q ?? '', request.locale)),
  });
}

async function listModel(
  { scopes }: ClaimAdminDeps,
  search: string,
  locale: string,
): Promise<ClaimListModel> {
  const [{ custom }, catalogue] = await Promise.all([scopes.loadClaims(), scopes.catalogue()]);
  const matches = searchMatcher(search, locale);
  const lines = custom.map((claim) =>
    toClaimLine(claim, titlesOf(coveringScopes(catalogue, claim.name), locale), locale),
  );
  return {
    search,
    isNoneDefined: lines.length === 0,
    claims: lines.filter(({ name, title }) => matches(name, title)),
  };
}

function newRoutes({ scopes, languages }: ClaimAdminDeps): readonly AnyRoute[] {
  return formPage({
    path: `${LIST}/new`,
    access: 'administrator',
    query: Type.Object({ kind: Type.Optional(Type.Enum([...CUSTOM_KINDS])) }),
    form: NewClaimForm,
    show: async ({ query, formErrors, formValues: values }) => {
      if (!formErrors && query.kind === undefined) {
        return render(claimKindPage, { kinds: CUSTOM_KINDS });
      }
      const kind = CUSTOM_KINDS.find((known) => known === values['kind']) ?? query.kind ?? 'text';
      const errors = formErrors ?? {};
      return render(claimPage, { claim: null, kind, requestingApps: 0, values, errors });
    },
    submit: async ({ form, caller }) => {
      const { name } = await scopes.defineClaim({
        actorId: caller.accountId,
        name: form.name.trim(),
        kind: form.kind,
        ...claimOfForm(form, languages.installed),
      });
      return redirect(LIST, success('scopes:details.flash.defined', { name }));
    },
  });
}

function changeRoutes(deps: ClaimAdminDeps): readonly AnyRoute[] {
  return formPage({
    path: ONE,
    ...ON_ONE,
    form: ClaimForm,
    show: async ({ params, caller, request: { locale }, formErrors, formValues }) => {
      const { claim, covering } = await find(deps, params.name);
      const retirement = toRetirement(claim, caller.accountId);
      if (retirement !== null)
        return render(retiredClaimPage, retiredModel(claim, retirement, locale));
      return render(claimPage, {
        claim: toClaimLine(claim, titlesOf(covering, locale), locale),
        kind: claim.kind,
        requestingApps: await countRequestingApps(deps, covering),
        values: formErrors ? formValues : claimFormValues(claim, deps.languages.installed),
        errors: formErrors ?? {},
      });
    },
    submit: async ({ params: { name }, form, caller }) => {
      const { installed } = deps.languages;
      const changes = claimOfForm(form, installed);
      await deps.scopes.changeClaim({ actorId: caller.accountId, name, ...changes });
      return redirect(LIST, success('scopes:details.flash.changed', { name }));
    },
  });
}

function retireRoutes(deps: ClaimAdminDeps): readonly AnyRoute[] {
  return formPage({
    path: `${ONE}/retire`,
    ...ON_ONE,
    show: async ({ params, request: { locale } }) => {
      const { claim, covering } = await find(deps, params.name);
      if (claim.retiredAt !== null) return redirect(sitePath`/admin/details/${claim.name}`);
      const ending = covering.filter(({ claims }) => claims.length === 1);
      return render(retireClaimPage, {
        claim: toClaimLine(claim, titlesOf(covering, locale), locale),
        requestingApps: await countRequestingApps(deps, covering),
        ending: titlesOf(ending, locale),
      });
    },
    submit: async ({ params: { name }, caller }) => {
      await deps.scopes.retireClaim({ actorId: caller.accountId, name });
      return redirect(LIST, success('scopes:details.flash.retired', { name }));
    },
  });
}

async function find(
  { scopes }: ClaimAdminDeps,
  name: string,
): Promise<{ claim: CustomClaim; covering: readonly DataScope[] }> {
  const [{ custom }, catalogue] = await Promise.all([scopes.loadClaims(), scopes.catalogue()]);
  const claim = custom.find((known) => known.name === name);
  if (claim === undefined) throw new AppError('not_found', 'claim_not_found');
  return { claim, covering: coveringScopes(catalogue, name) };
}

function retiredModel(claim: CustomClaim, retirement: Retirement, locale: string) {
  const description = textIn(claim.description, locale);
  return { claim: toClaimLine(claim, [], locale), description, retirement };
}

function coveringScopes(catalogue: Catalogue, claim: string): readonly DataScope[] {
  return catalogue.dataScopes.filter(({ claims }) => claims.includes(claim));
}

function countRequestingApps(
  deps: ClaimAdminDeps,
  covering: readonly DataScope[],
): Promise<number> {
  return deps.countRequestingApps(covering.map(({ name }) => name));
}

function titlesOf(scopes: readonly DataScope[], locale: string): string[] {
  return scopes.map(({ title }) => textIn(title, locale));
}
