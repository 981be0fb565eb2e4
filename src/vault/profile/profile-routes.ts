import { Type, type Static } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import {
  type FormErrors,
  type FormValues,
  notFound,
  pageRoute,
  type PageResult,
  redirect,
  render,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { NameParam } from '../../http/routing/path-parameters.ts';
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';
import type { ClaimDefinition } from '../../scopes/index.ts';
import type { Attribute, AttributeRef, AttributeValue } from '../attributes/attribute.ts';
import { TIME_ZONES } from '../attributes/attribute-value.ts';
import { textIn, valueLines } from '../attributes/value-lines.ts';
import { AVATAR_CLAIM } from '../avatars/avatar.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import type { Vault } from '../index.ts';
import { fieldsOf, hasOwnPage, profileModel, profilePage, valueFormPage } from './profile-views.ts';
import { choicesOf, limitsOf } from './value-form.ts';

export interface ProfileRoutesDeps {
  readonly vault: Vault;
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

function readingRoutes({ vault, sms, isCheckUpDue }: ProfileRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: PROFILE,
      access: 'person',
      handle: async ({ caller, request }) =>
        render(profilePage, {
          ...profileModel(
            await vault.listAttributes(caller.accountId),
            await vault.claims(),
            request.locale,
          ),
          hasSms: sms.isOn,
          isCheckUpDue: await isCheckUpDue(caller.accountId),
        }),
    }),
    pageRoute({
      method: 'post',
      path: '/account/values/{attributeId}/default',
      access: 'person',
      params: AttributeParams,
      handle: async ({ caller, params }) => {
        await vault.makeDefault({ accountId: caller.accountId, ...params });
        return redirect(PROFILE, { flash: { kind: 'good', message: 'vault:flash.default' } });
      },
    }),
  ];
}

function addingRoutes({ vault }: ProfileRoutesDeps): readonly AnyRoute[] {
  const path = '/account/values/add/{claim}';
  const show = (definition: ClaimDefinition, locale: string, state: FormState): PageResult =>
    showForm(definition, locale, { ...state, stored: null });
  return [
    pageRoute({
      method: 'get',
      path,
      access: 'person',
      params: AddableParams,
      handle: async ({ params, request }) => {
        const definition = await addable(vault, params.claim);
        if (definition === undefined) return notFound();
        return show(definition, request.locale, { formErrors: null, formValues: null });
      },
    }),
    pageRoute({
      method: 'post',
      path,
      access: 'person',
      params: AddableParams,
      form: ValueForm,
      handle: async ({ caller, params, form, formErrors, formValues, request }) => {
        const definition = await addable(vault, params.claim);
        if (definition === undefined) return notFound();
        if (formErrors) return show(definition, request.locale, { formErrors, formValues });
        await vault.addAttribute({
          accountId: caller.accountId,
          claim: definition.name,
          value: valueOf(definition, form),
          label: form.label ?? null,
        });
        return redirect(PROFILE, { flash: { kind: 'good', message: 'vault:flash.added' } });
      },
    }),
  ];
}

function changingRoutes({ vault }: ProfileRoutesDeps): readonly AnyRoute[] {
  // Changing a name to sign in with needs a fresh proof.
  return [
    ...changingRoutesAt('/account/values/{attributeId}', vault),
    ...changingRoutesAt('/account/usernames/{attributeId}', vault, FRESH_SECONDS),
  ];
}

function changingRoutesAt(
  path: `${string}{attributeId}`,
  vault: Vault,
  freshSeconds?: number,
): readonly AnyRoute[] {
  const isForNames = freshSeconds !== undefined;
  const common = {
    path,
    access: 'person',
    params: AttributeParams,
    ...(isForNames && { freshSeconds }),
  } as const;
  return [
    pageRoute({
      ...common,
      method: 'get',
      handle: async ({ caller, params, request }) => {
        const { stored, definition } = await findValue(vault, {
          accountId: caller.accountId,
          ...params,
        });
        if (changesName(stored) !== isForNames) return redirect(changeHref(stored));
        return showForm(definition, request.locale, { formErrors: null, formValues: null, stored });
      },
    }),
    pageRoute({
      ...common,
      method: 'post',
      form: ValueForm,
      handle: async ({ caller, params, form, formErrors, formValues, request }) => {
        const ref = { accountId: caller.accountId, ...params };
        const { stored, definition } = await findValue(vault, ref);
        if (changesName(stored) !== isForNames) return redirect(changeHref(stored));
        if (formErrors) {
          return showForm(definition, request.locale, { formErrors, formValues, stored });
        }
        await vault.changeAttribute({
          ...ref,
          label: form.label ?? null,
          ...(!isFixed(stored) && { value: valueOf(definition, form) }),
        });
        return redirect(PROFILE, { flash: { kind: 'good', message: 'vault:flash.changed' } });
      },
    }),
  ];
}

interface FormState {
  readonly formErrors: FormErrors | null;
  readonly formValues: FormValues | null;
}

function showForm(
  definition: ClaimDefinition,
  locale: string,
  { formErrors, formValues, stored }: FormState & { readonly stored: Attribute | null },
): PageResult {
  return render(valueFormPage, {
    claim: definition.name,
    kind: definition.kind,
    title: textIn(definition.title, locale),
    description: textIn(definition.description, locale),
    isMultiple: definition.isMultiple,
    action: stored === null ? `/account/values/add/${definition.name}` : changeHref(stored),
    attributeId: stored?.id ?? null,
    isFixed: stored !== null && isFixed(stored),
    shown: stored === null ? [] : valueLines(stored.value, definition, locale),
    form: fieldsOf(formValues, stored),
    formErrors,
    timeZones: definition.kind === 'time_zone' ? TIME_ZONES : [],
    choices: choicesOf(definition, locale),
    limits: limitsOf(definition, locale),
  });
}

/** Does a change on this page change a name to sign in with? */
function changesName(stored: Attribute): boolean {
  return isSignInName(stored) && !isFixed(stored);
}

function changeHref(stored: Attribute): SitePath {
  return sitePath`/account/${changesName(stored) ? 'usernames' : 'values'}/${stored.id}`;
}

/** Can only the label change? */
function isFixed({ isVerified, claim }: Attribute): boolean {
  return isVerified || claim === AVATAR_CLAIM;
}

/** A value with the definition of its claim. @throws AppError `attribute_not_found`. */
export async function findValue(
  vault: Vault,
  ref: AttributeRef,
): Promise<{ stored: Attribute; definition: ClaimDefinition }> {
  const stored = await vault.findAttribute(ref);
  const definition = (await vault.claims()).find(stored.claim);
  if (definition === undefined) throw new Error(`a value of the unknown claim ${stored.claim}`);
  return { stored, definition };
}

async function addable(vault: Vault, claim: string): Promise<ClaimDefinition | undefined> {
  const definition = (await vault.claims()).find(claim);
  const isHere = definition?.isEditable === true && !hasOwnPage(definition.name);
  return isHere ? definition : undefined;
}

function valueOf(definition: ClaimDefinition, form: Static<typeof ValueForm>): AttributeValue {
  if (definition.kind !== 'address') return form.value ?? '';
  const { street_address = '', locality = '', region = '', postal_code = '', country = '' } = form;
  return { street_address, locality, region, postal_code, country };
}
