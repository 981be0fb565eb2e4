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
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';
import type { Attribute, AttributeValue } from '../attributes/attribute.ts';
import { AVATAR_CLAIM } from '../avatars/avatar.ts';
import { TIME_ZONES } from '../attributes/attribute-value.ts';
import type { Vault } from '../index.ts';
import { hasOwnPage } from '../attributes/add-pages.ts';
import { loadKeptValue } from '../attributes/load-kept-value.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import { fieldsOf, profileModel, profilePage, titleOf, valueFormPage } from './profile-views.ts';
import { choicesOf, limitsOf } from './value-form.ts';
import { valueLines } from '../attributes/value-lines.ts';
import { NameParam } from '../../http/routing/path-parameters.ts';
import type { ClaimDefinition } from '../../scopes/index.ts';

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

/** The pages on which a person sees and changes their values. E-mails are added and proven on pages of `authentication/`. */
export function profileRoutes(deps: ProfileRoutesDeps): readonly AnyRoute[] {
  return [...reading(deps), ...adding(deps), ...changing(deps)];
}

function reading({ vault, sms, isCheckUpDue }: ProfileRoutesDeps): readonly AnyRoute[] {
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

function adding({ vault }: ProfileRoutesDeps): readonly AnyRoute[] {
  const path = '/account/values/add/{claim}';
  const show = (definition: ClaimDefinition, locale: string, state: FormState): PageResult =>
    showForm(definition, locale, { ...state, kept: null });
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

function changing({ vault }: ProfileRoutesDeps): readonly AnyRoute[] {
  // Changing a name to sign in with needs a fresh proof.
  return [
    ...changingAt('/account/values/{attributeId}', vault),
    ...changingAt('/account/usernames/{attributeId}', vault, FRESH_SECONDS),
  ];
}

function changingAt(
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
        const { kept, definition } = await loadKeptValue(vault, {
          accountId: caller.accountId,
          ...params,
        });
        if (changesName(kept) !== isForNames) return redirect(changeHref(kept));
        return showForm(definition, request.locale, { formErrors: null, formValues: null, kept });
      },
    }),
    pageRoute({
      ...common,
      method: 'post',
      form: ValueForm,
      handle: async ({ caller, params, form, formErrors, formValues, request }) => {
        const ref = { accountId: caller.accountId, ...params };
        const { kept, definition } = await loadKeptValue(vault, ref);
        if (changesName(kept) !== isForNames) return redirect(changeHref(kept));
        if (formErrors) {
          return showForm(definition, request.locale, { formErrors, formValues, kept });
        }
        await vault.changeAttribute({
          ...ref,
          label: form.label ?? null,
          ...(!isFixed(kept) && { value: valueOf(definition, form) }),
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
  { formErrors, formValues, kept }: FormState & { readonly kept: Attribute | null },
): PageResult {
  return render(valueFormPage, {
    claim: definition.name,
    kind: definition.kind,
    title: titleOf(definition, locale),
    description: locale === 'ru' ? definition.description.ru : definition.description.en,
    isMultiple: definition.isMultiple,
    action: kept === null ? `/account/values/add/${definition.name}` : changeHref(kept),
    attributeId: kept?.id ?? null,
    isFixed: kept !== null && isFixed(kept),
    shown: kept === null ? [] : valueLines(kept.value, definition, locale),
    form: fieldsOf(formValues, kept),
    formErrors,
    timeZones: definition.kind === 'time_zone' ? TIME_ZONES : [],
    choices: choicesOf(definition, locale),
    limits: limitsOf(definition, locale),
  });
}

/** Does a change on this page change a name to sign in with? */
function changesName(kept: Attribute): boolean {
  return isSignInName(kept) && !isFixed(kept);
}

function changeHref(kept: Attribute): SitePath {
  return sitePath`/account/${changesName(kept) ? 'usernames' : 'values'}/${kept.id}`;
}

/** Only its label can change. */
function isFixed({ isVerified, claim }: Attribute): boolean {
  return isVerified || claim === AVATAR_CLAIM;
}

async function addable(
  vault: Pick<Vault, 'claims'>,
  claim: string,
): Promise<ClaimDefinition | undefined> {
  const definition = (await vault.claims()).find(claim);
  const isHere = definition?.isEditable === true && !hasOwnPage(definition.name);
  return isHere ? definition : undefined;
}

function valueOf(definition: ClaimDefinition, form: Static<typeof ValueForm>): AttributeValue {
  if (definition.kind !== 'address') return form.value ?? '';
  const { street_address = '', locality = '', region = '', postal_code = '', country = '' } = form;
  return { street_address, locality, region, postal_code, country };
}
