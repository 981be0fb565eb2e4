import { Type } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import {
  type ActionResult,
  type FormErrors,
  type Flash,
  formPage,
  type HandlerRequest,
  notFound,
  type PageResult,
  redirect,
  render,
  typedText,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import { type AttributeRef, describePhone, type Vault, wholePhone } from '../../vault/index.ts';
import type { Authentication } from '../index.ts';
import { addAddressPage, confirmAddressPage } from '../sign-in/security-views.ts';
import { sitePath, type SitePath, withQuery } from '../../http/pages/site-path.ts';
import { cancelPath, forApp, ForAppQuery, leadBack, phoneForm } from '../../vault/http.ts';

interface AddressRoutesDeps {
  readonly vault: Vault;
  readonly authentication: Authentication;
  /** False: phones are stored but cannot be confirmed. */
  readonly sms: { readonly isOn: boolean };
}

type AddressPath = 'emails' | 'phones';
const CLAIMS = { emails: 'email', phones: 'phone_number' } as const;
const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });
/**
 * The age of a proof of identity with which a person may enter the code. Reading the message takes time, so the proof must be fresh only
 * when the code is requested.
 */
export const CONFIRM_FRESH_SECONDS = 3 * FRESH_SECONDS;

/** Where a person adds an e-mail or a phone and proves it by a code. */
export function addressRoutes(deps: AddressRoutesDeps): readonly AnyRoute[] {
  const kinds: readonly AddressPath[] = ['emails', 'phones'];
  return kinds.flatMap((kind) => [
    ...adding(deps, kind),
    ...confirming(deps, kind),
    ...sendingAgain(deps, kind),
  ]);
}

function adding(
  { vault, authentication, sms }: AddressRoutesDeps,
  kind: AddressPath,
): readonly AnyRoute[] {
  const canConfirm = kind === 'emails' || sms.isOn;
  return formPage({
    path: `/account/${kind}/add`,
    access: 'person',
    freshSeconds: FRESH_SECONDS,
    form: Type.Object({
      value: Type.String({ minLength: 1, maxLength: 1_000 }),
      label: Type.Optional(Type.String({ maxLength: 1_000 })),
      country: Type.Optional(Type.String({ maxLength: 10 })),
    }),
    query: ForAppQuery,
    limit: { points: 30, perSeconds: 600 },
    show: async ({ query: { app }, formErrors, formValues, request: { locale }, ctx }) => {
      const place = {
        action: forApp(sitePath`/account/${kind}/add`, app),
        cancelHref: cancelPath(app),
      };
      const value = typedText(formValues, 'value');
      const label = typedText(formValues, 'label');
      const acceptLanguage = ctx.get('accept-language');
      const phone =
        kind === 'phones' ? phoneForm({ locale, acceptLanguage, formValues }) : NO_PHONE;
      return render(addAddressPage, {
        ...place,
        kind,
        canConfirm,
        value,
        label,
        ...phone,
        formErrors,
      });
    },
    submit: async ({ caller: { accountId }, query: { app }, form, request }) => {
      const { id: attributeId } = await vault.addAttribute({
        accountId,
        claim: CLAIMS[kind],
        value: kind === 'phones' ? wholePhone(form) : form.value,
        label: form.label ?? null,
      });
      if (!canConfirm) return leadBack({ app, claim: CLAIMS[kind], flash: 'vault:flash.added' });
      const ref = { accountId, attributeId };
      const notSent = await sendAttributeCode(authentication, ref, request);
      const flash = notSent === null ? {} : { flash: notSent };
      return redirect(forApp(confirmPath(kind, ref), app), flash);
    },
  });
}

const NO_PHONE = { countries: [], country: '' } as const;

function confirming(
  { vault, authentication }: AddressRoutesDeps,
  kind: AddressPath,
): readonly AnyRoute[] {
  return formPage({
    path: `/account/${kind}/{attributeId}/confirm`,
    access: 'person',
    freshSeconds: FRESH_SECONDS,
    submitFreshSeconds: CONFIRM_FRESH_SECONDS,
    params: AttributeParams,
    form: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
    query: Type.Object({
      ...ForAppQuery.properties,
      tried: Type.Optional(Type.Literal('wrong')),
    }),
    show: async ({ caller: { accountId }, params, query: { app, tried }, formErrors }) =>
      showConfirm({ vault, authentication }, kind, {
        ref: { accountId, ...params },
        app,
        formErrors: formErrors ?? (tried === undefined ? null : WRONG),
      }),
    submit: async ({ caller: { accountId }, params, query: { app }, form: { code }, request }) => {
      const { locale, network: ip } = request;
      const ref = { accountId, ...params };
      try {
        await authentication.confirmAttribute({ ...ref, code, locale, ip });
      } catch (error) {
        // A wrong code is counted, so a reload of the answer must not send it again.
        if (isAppError(error, 'code_wrong'))
          return redirect(withQuery(confirmPath(kind, ref), { app, tried: 'wrong' }));
        throw isAppError(error, 'address_taken') ? error.at('code') : error;
      }
      return afterConfirming(kind, app);
    },
  });
}

function afterConfirming(kind: AddressPath, app: string | undefined): ActionResult {
  return leadBack({ app, claim: CLAIMS[kind], flash: `authentication:flash.confirmed.${kind}` });
}

// The link in the mail needs no fresh proof, because the request for it needed one.
function sendingAgain(
  { authentication }: AddressRoutesDeps,
  kind: AddressPath,
): readonly AnyRoute[] {
  return formPage({
    path: `/account/${kind}/{attributeId}/code`,
    access: 'person',
    params: AttributeParams,
    query: ForAppQuery,
    submitFreshSeconds: FRESH_SECONDS,
    // A new proof of identity returns to this address.
    show: async ({ caller: { accountId }, params, query: { app } }) =>
      redirect(forApp(confirmPath(kind, { accountId, ...params }), app)),
    submit: async ({ caller: { accountId }, params, query: { app }, request }) => {
      const ref = { accountId, ...params };
      const notSent = await sendAttributeCode(authentication, ref, request);
      return redirect(forApp(confirmPath(kind, ref), app), { flash: notSent ?? CODE_SENT });
    },
  });
}

/** The message after {@link sendAttributeCode} has sent a code again. */
export const CODE_SENT: Flash = { kind: 'good', message: 'authentication:flash.codeSent' };

/** Sends a code to an added address. @returns the reason for which none can be sent now, for the page of the code; null when it was sent. */
export async function sendAttributeCode(
  authentication: Pick<Authentication, 'requestAttributeCode'>,
  ref: AttributeRef,
  { locale, deviceId, network: ip }: HandlerRequest,
): Promise<Flash | null> {
  try {
    await authentication.requestAttributeCode({ ...ref, locale, deviceId, ip });
    return null;
  } catch (error) {
    if (!isAppError(error) || error.kind !== 'too_many') throw error;
    const name = error.code === 'code_cooldown' ? 'codeTooSoon' : 'tooManyCodes';
    const { retryAfterSeconds = 60 } = error;
    return { kind: 'warn', message: `authentication:flash.${name}`, retryAfterSeconds };
  }
}

async function showConfirm(
  { vault, authentication }: Pick<AddressRoutesDeps, 'vault' | 'authentication'>,
  kind: AddressPath,
  {
    ref,
    app,
    formErrors,
  }: {
    readonly ref: AttributeRef;
    readonly app: string | undefined;
    readonly formErrors: FormErrors | null;
  },
): Promise<PageResult> {
  const { claim, value, isVerified } = await vault.findAttribute(ref);
  if (claim !== CLAIMS[kind] || typeof value !== 'string') return notFound();
  if (isVerified) return afterConfirming(kind, app);
  const isWaiting = await authentication.hasAttributeCode(ref);
  const model = {
    kind,
    confirmAction: forApp(confirmPath(kind, ref), app),
    sendAction: forApp(sitePath`/account/${kind}/${ref.attributeId}/code`, app),
    cancelHref: cancelPath(app),
    address: kind === 'phones' ? describePhone(value).text : value,
    isWaiting,
    formErrors,
  };
  return render(confirmAddressPage, model, formErrors === WRONG ? { status: 422 } : {});
}

const WRONG: FormErrors = { code: 'code_wrong' };

function confirmPath(kind: AddressPath, { attributeId }: AttributeRef): SitePath {
  return sitePath`/account/${kind}/${attributeId}/confirm`;
}
