import { Type } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import {
  type FormErrors,
  type Flash,
  formPage,
  notFound,
  type PageResult,
  redirect,
  render,
  success,
  typedText,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { AttributeRef, Vault } from '../../vault/index.ts';
import type { Authentication } from '../index.ts';
import { addAddressPage, confirmAddressPage } from '../sign-in/security-views.ts';
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';

interface AddressRoutesDeps {
  readonly vault: Vault;
  readonly authentication: Authentication;
  /** False: phones are stored but cannot be confirmed. */
  readonly sms: { readonly isOn: boolean };
}

type AddressPath = 'emails' | 'phones';
const CLAIMS = { emails: 'email', phones: 'phone_number' } as const;
const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });
// Reading the message takes time, so the proof of identity must be fresh only when the code is requested.
const CONFIRM_FRESH_SECONDS = 3 * FRESH_SECONDS;

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
    }),
    limit: { points: 30, perSeconds: 600 },
    show: async ({ formErrors, formValues }) => {
      const value = typedText(formValues, 'value');
      const label = typedText(formValues, 'label');
      return render(addAddressPage, { kind, canConfirm, value, label, formErrors });
    },
    submit: async ({ caller: { accountId }, form, request }) => {
      const { id: attributeId } = await vault.addAttribute({
        accountId,
        claim: CLAIMS[kind],
        value: form.value,
        label: form.label ?? null,
      });
      if (!canConfirm) return redirect('/account', success('vault:flash.added'));
      const { locale, deviceId, network: ip } = request;
      const ref = { accountId, attributeId };
      const sending = authentication.requestAttributeCode({ ...ref, locale, deviceId, ip });
      const notSent = await whyNotSent(sending);
      return redirect(confirmPath(kind, ref), notSent === null ? {} : { flash: notSent });
    },
  });
}

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
    show: async ({ caller: { accountId }, params, formErrors }) =>
      showConfirm(vault, kind, { ref: { accountId, ...params }, formErrors }),
    submit: async ({ caller: { accountId }, params, form: { code }, request }) => {
      const { locale, network: ip } = request;
      try {
        await authentication.confirmAttribute({ accountId, ...params, code, locale, ip });
      } catch (error) {
        throw isAppError(error, 'address_taken') ? error.at('code') : error;
      }
      return redirect('/account', success(`authentication:flash.confirmed.${kind}`));
    },
  });
}

// The link in the mail needs no fresh proof, because the request for it needed one.
function sendingAgain(
  { vault, authentication }: AddressRoutesDeps,
  kind: AddressPath,
): readonly AnyRoute[] {
  return formPage({
    path: `/account/${kind}/{attributeId}/code`,
    access: 'person',
    params: AttributeParams,
    submitFreshSeconds: FRESH_SECONDS,
    form: Type.Object({}),
    show: async ({ caller: { accountId }, params, formErrors }) => {
      // A new proof of identity returns to this address.
      if (!formErrors) return redirect('/account');
      return showConfirm(vault, kind, { ref: { accountId, ...params }, formErrors });
    },
    submit: async ({ caller: { accountId }, params, request }) => {
      const ref = { accountId, ...params };
      const { locale, deviceId, network: ip } = request;
      const sending = authentication.requestAttributeCode({ ...ref, locale, deviceId, ip });
      return redirect(confirmPath(kind, ref), { flash: await sendUnlessTooSoon(sending) });
    },
  });
}

/** The address has been added, so the form succeeds even when no code can be sent now. */
async function whyNotSent(work: Promise<void>): Promise<Flash | null> {
  try {
    const flash = await sendUnlessTooSoon(work);
    return flash.kind === 'warn' ? flash : null;
  } catch (error) {
    if (!isAppError(error, 'too_many_messages') && !isAppError(error, 'rate_limited')) throw error;
    return { kind: 'warn', message: 'authentication:flash.tooManyCodes' };
  }
}

/** Within a minute of the last code no other one is sent; this is not an error. */
async function sendUnlessTooSoon(work: Promise<void>): Promise<Flash> {
  try {
    await work;
    return { kind: 'good', message: 'authentication:flash.codeSent' };
  } catch (error) {
    if (!isAppError(error, 'code_cooldown')) throw error;
    const seconds = error.retryAfterSeconds ?? 60;
    return { kind: 'warn', message: 'authentication:flash.codeTooSoon', values: { seconds } };
  }
}

async function showConfirm(
  vault: Vault,
  kind: AddressPath,
  { ref, formErrors }: { readonly ref: AttributeRef; readonly formErrors: FormErrors | null },
): Promise<PageResult> {
  const { claim, value, isVerified } = await vault.findAttribute(ref);
  if (claim !== CLAIMS[kind] || typeof value !== 'string') return notFound();
  if (isVerified) return redirect('/account');
  const { attributeId } = ref;
  return render(confirmAddressPage, { kind, attributeId, address: value, formErrors });
}

function confirmPath(kind: AddressPath, { attributeId }: AttributeRef): SitePath {
  return sitePath`/account/${kind}/${attributeId}/confirm`;
}
