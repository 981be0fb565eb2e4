import { Type, type Static } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import {
  formPage,
  notFound,
  pageRoute,
  redirect,
  render,
  success,
} from '../../http/routing/page-route.ts';
import { NameParam } from '../../http/routing/path-parameters.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import type { ClaimDefinition, Scopes } from '../../scopes/index.ts';
import type { AttributeRef, AttributeValue } from '../attributes/attribute.ts';
import { joinDate } from '../attributes/date-parts.ts';
import { wholePhone } from '../identifiers/typed-phone.ts';
import type { Vault } from '../index.ts';
import { ForAppQuery, leadBack } from './for-app-views.ts';
import { hasOwnPage, profileModel, profilePage, type ValueReaders } from './profile-views.ts';
import {
  changeHref,
  changesName,
  isDate,
  isFixed,
  valueForm,
  valueFormPage,
  type FormState,
} from './value-form-views.ts';

export interface ValueDeps {
  readonly vault: Vault;
  readonly scopes: Pick<Scopes, 'claims'>;
  /** The apps that see each value of the account. */
  readonly readersOfValues: (accountId: string) => Promise<ValueReaders>;
}

interface ProfileRoutesDeps extends ValueDeps {
  readonly sms: { readonly isOn: boolean };
  /** Is a review of the apps' permissions due? */
  readonly isCheckUpDue: (accountId: string) => Promise<boolean>;
}

const PROFILE = '/account';
const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });
const AddableParams = Type.Object({ claim: NameParam });
const Line = Type.Optional(Type.String({ maxLength: 1_000 }));
const ValueForm = Type.Object({
  value: Line,
  day: Line,
  month: Line,
  year: Line,
  label: Line,
  street_address: Line,
  locality: Line,
  region: Line,
  postal_code: Line,
  country: Line,
});

/** The pages on which a person sees and changes values. E-mails are added and verified on pages of `authentication/`. */
export function profileRoutes(deps: ProfileRoutesDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), ...addingRoutes(deps), ...changingRoutes(deps)];
}

function readingRoutes(deps: ProfileRoutesDeps): readonly AnyRoute[] {
  const { vault, scopes, sms } = deps;
  return [
    pageRoute({
      method: 'get',
      path: PROFILE,
      access: 'person',
      handle: async ({ caller: { accountId }, request: { locale } }) => {
        const [attributes, catalogue, readers, isCheckUpDue] = await Promise.all([
          vault.listAttributes(accountId),
          scopes.claims(),
          deps.readersOfValues(accountId),
          deps.isCheckUpDue(accountId),
        ]);
        const model = profileModel({ attributes, catalogue, readers, locale });
        return render(profilePage, { ...model, hasSms: sms.isOn, isCheckUpDue });
      },
    }),
    pageRoute({
      method: 'post',
      path: '/account/values/{attributeId}/default',
      access: 'person',
      params: AttributeParams,
      handle: async ({ caller, params }) => {
        await vault.makeDefault({ accountId: caller.accountId, ...params });
        return redirect(PROFILE, success('vault:flash.default'));
      },
    }),
  ];
}

function addingRoutes({ vault, scopes }: ProfileRoutesDeps): readonly AnyRoute[] {
  return formPage({
    path: '/account/values/add/{claim}',
    access: 'person',
    params: AddableParams,
    query: ForAppQuery,
    form: ValueForm,
    show: async ({ params, query: { app = null }, request, formErrors, formValues }) => {
      const definition = await addable(scopes, params.claim);
      if (definition === undefined) return notFound();
      return showForm(definition, request.locale, { formErrors, formValues, stored: null, app });
    },
    submit: async ({ caller, params, query: { app }, form }) => {
      const definition = await addable(scopes, params.claim);
      if (definition === undefined) return notFound();
      await vault.addAttribute({
        accountId: caller.accountId,
        claim: definition.name,
        value: valueOf(definition, form),
        label: form.label ?? null,
      });
      return leadBack({ app, claim: definition.name, flash: 'vault:flash.added' });
    },
  });
}

function changingRoutes(deps: ProfileRoutesDeps): readonly AnyRoute[] {
  // Changing a name to sign in with needs a fresh proof.
  return [
    ...changingRoutesAt('/account/values/{attributeId}', deps),
    ...changingRoutesAt('/account/usernames/{attributeId}', deps, FRESH_SECONDS),
  ];
}

function changingRoutesAt(
  path: `${string}{attributeId}`,
  deps: ValueDeps,
  freshSeconds?: number,
): readonly AnyRoute[] {
  const isForNames = freshSeconds !== undefined;
  return formPage({
    path,
    access: 'person',
    params: AttributeParams,
    ...(isForNames && { freshSeconds }),
    form: ValueForm,
    show: async ({ caller, params, request, formErrors, formValues }) => {
      const ref = { accountId: caller.accountId, ...params };
      const { stored, definition } = await findValue(deps, ref);
      if (changesName(stored) !== isForNames) return redirect(changeHref(stored));
      return showForm(definition, request.locale, { formErrors, formValues, stored, app: null });
    },
    submit: async ({ caller, params, form }) => {
      const ref = { accountId: caller.accountId, ...params };
      const { stored, definition } = await findValue(deps, ref);
      if (changesName(stored) !== isForNames) return redirect(changeHref(stored));
      await deps.vault.changeAttribute({
        ...ref,
        label: form.label ?? null,
        ...(!isFixed(stored) && { value: valueOf(definition, form) }),
      });
      return redirect(PROFILE, success('vault:flash.changed'));
    },
  });
}

function showForm(definition: ClaimDefinition, locale: string, state: FormState) {
  return render(valueFormPage, valueForm(definition, locale, state));
}

/** A value with the definition of its claim. @throws AppError `attribute_not_found`. */
export async function findValue({ vault, scopes }: ValueDeps, ref: AttributeRef) {
  const stored = await vault.findAttribute(ref);
  const definition = (await scopes.claims()).find(stored.claim);
  if (definition === undefined) throw new Error(`a value of the unknown claim ${stored.claim}`);
  return { stored, definition };
}

async function addable(
  scopes: ValueDeps['scopes'],
  claim: string,
): Promise<ClaimDefinition | undefined> {
  const definition = (await scopes.claims()).find(claim);
  const isHere = definition?.isEditable === true && !hasOwnPage(definition.name);
  return isHere ? definition : undefined;
}

function valueOf(definition: ClaimDefinition, form: Static<typeof ValueForm>): AttributeValue {
  if (isDate(definition.kind)) {
    const { day = '', month = '', year = '' } = form;
    return joinDate({ day, month, year });
  }
  if (definition.kind === 'phone_number') return wholePhone(form);
  if (definition.kind !== 'address') return form.value ?? '';
  const { street_address = '', locality = '', region = '', postal_code = '', country = '' } = form;
  return { street_address, locality, region, postal_code, country };
}
