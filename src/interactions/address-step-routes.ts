import { Type } from 'typebox';

import { CODE_SENT, CONFIRM_FRESH_SECONDS, sendAttributeCode } from '../authentication/http.ts';
import { sitePath } from '../http/pages/site-path.ts';
import {
  type ActionResult,
  type Flash,
  formPage,
  pageRoute,
  redirect,
  render,
  success,
  typedText,
} from '../http/routing/page-route.ts';
import { OpaqueIdParam, UuidParam } from '../http/routing/path-parameters.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import { ADDRESS_CLAIMS, type AddressClaim } from '../scopes/index.ts';
import { phoneForm } from '../vault/http.ts';
import { type Attribute, describePhone, wholePhone } from '../vault/index.ts';
import type { InteractionsContext } from './context.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { addAddressPage, confirmAddressPage, frameOf } from './interaction-views.ts';
import { freshProof, openDecision } from './signed-in-person.ts';
import { addValuePath, confirmAddressPath, consentPath } from './value-step.ts';

const AddForm = Type.Object({
  value: Type.Optional(Type.String({ maxLength: 1_000 })),
  /** Of a phone number. */
  country: Type.Optional(Type.String({ maxLength: 10 })),
  /** An address that was added before and waits for its confirmation. */
  attributeId: Type.Optional(UuidParam),
});
const CodeParams = Type.Object({ uid: OpaqueIdParam, attributeId: UuidParam });

/**
 * Adding and confirming an e-mail or a phone number that an app needs, before the decision about the app. Each step has its own
 * address, and the last one returns to the consent page. As on the pages of the account, it needs a fresh proof of identity,
 * because a confirmed address is a name to sign in with.
 */
export function addressStepRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return ADDRESS_CLAIMS.flatMap((claim) => [
    ...adding(deps, claim),
    ...confirming(deps, claim),
    sendingAgain(deps, claim),
  ]);
}

function adding(deps: InteractionsContext, claim: AddressClaim): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: `/interaction/{uid}/add/${claim}`,
    form: AddForm,
    limit: { points: 30, perSeconds: 600 },
    show: async ({ ctx, params: { uid }, caller, request, formErrors, formValues }) => {
      const { interaction, accountId } = await openDecision(deps, ctx, { uid, caller });
      const detour = freshProof(deps, { caller, next: addValuePath(uid, claim) });
      if (detour !== null) return detour;
      const waiting = (await addressesOf(deps, accountId, claim)).filter((one) => !one.isVerified);
      return render(addAddressPage, {
        ...frameOf(interaction),
        claim,
        waiting: waiting.map((one) => ({ id: one.id, address: textOf(one) })),
        value: typedText(formValues, 'value'),
        phone:
          claim === 'phone_number'
            ? phoneForm({
                locale: request.locale,
                acceptLanguage: ctx.get('accept-language'),
                formValues,
              })
            : null,
        formErrors,
      });
    },
    submit: async ({ ctx, params: { uid }, caller, form, request }) => {
      const { accountId } = await openDecision(deps, ctx, { uid, caller });
      const detour = freshProof(deps, { caller, next: addValuePath(uid, claim) });
      if (detour !== null) return detour;
      const attributeId = form.attributeId ?? (await findOrAdd(deps, { accountId, claim, form }));
      const flash = await sendAttributeCode(
        deps.authentication,
        { accountId, attributeId },
        request,
      );
      return toCode(confirmAddressPath(uid, claim, attributeId), flash);
    },
  });
}

function confirming(deps: InteractionsContext, claim: AddressClaim): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: `/interaction/{uid}/add/${claim}/{attributeId}`,
    params: CodeParams,
    query: Type.Object({ tried: Type.Optional(Type.Literal('wrong')) }),
    form: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
    limit: { points: 30, perSeconds: 60 },
    show: async ({ ctx, params: { uid, attributeId }, query, caller, formErrors }) => {
      const { interaction, accountId } = await openDecision(deps, ctx, { uid, caller });
      const added = await deps.vault.findAttribute({ accountId, attributeId });
      // Confirmed in another tab, or by the link in the mail.
      if (added.isVerified) return redirect(consentPath(uid));
      return render(confirmAddressPage, {
        ...frameOf(interaction),
        claim,
        attributeId,
        address: textOf(added),
        formErrors: formErrors ?? (query.tried === undefined ? null : { code: 'code_wrong' }),
      });
    },
    submit: async ({ ctx, params: { uid, attributeId }, caller, form: { code }, request }) => {
      const { accountId } = await openDecision(deps, ctx, { uid, caller });
      const detour = freshProof(deps, {
        caller,
        next: addValuePath(uid, claim),
        maxAgeSeconds: CONFIRM_FRESH_SECONDS,
      });
      if (detour !== null) return detour;
      const { locale, network: ip } = request;
      try {
        const ref = { accountId, attributeId };
        await deps.authentication.confirmAttribute({ ...ref, code, locale, ip });
      } catch (error) {
        // A wrong code is counted, so a reload of the answer must not send it again.
        if (isAppError(error, 'code_wrong'))
          return redirect(sitePath`/interaction/${uid}/add/${claim}/${attributeId}?tried=wrong`);
        throw isAppError(error, 'address_taken') ? error.at('code') : error;
      }
      return redirect(consentPath(uid), success(`interactions:addAddress.${claim}.done`));
    },
  });
}

function sendingAgain(deps: InteractionsContext, claim: AddressClaim): AnyRoute {
  return pageRoute({
    ...INTERACTION_PAGE,
    method: 'post',
    path: `/interaction/{uid}/add/${claim}/{attributeId}/resend`,
    params: CodeParams,
    limit: { points: 10, perSeconds: 600 },
    handle: async ({ ctx, params: { uid, attributeId }, caller, request }) => {
      const { accountId } = await openDecision(deps, ctx, { uid, caller });
      const detour = freshProof(deps, { caller, next: addValuePath(uid, claim) });
      if (detour !== null) return detour;
      const flash = await sendAttributeCode(
        deps.authentication,
        { accountId, attributeId },
        request,
      );
      return toCode(confirmAddressPath(uid, claim, attributeId), flash ?? CODE_SENT);
    },
  });
}

function toCode(path: ReturnType<typeof confirmAddressPath>, flash: Flash | null): ActionResult {
  return redirect(path, flash === null ? {} : { flash });
}

async function addressesOf(
  { vault }: InteractionsContext,
  accountId: string,
  claim: AddressClaim,
): Promise<readonly Attribute[]> {
  return (await vault.listAttributes(accountId)).filter((attribute) => attribute.claim === claim);
}

interface TypedAddress {
  readonly accountId: string;
  readonly claim: AddressClaim;
  readonly form: { readonly value?: string | undefined; readonly country?: string | undefined };
}

/** The new value, or the one that was added before and is not confirmed yet. */
async function findOrAdd(
  deps: InteractionsContext,
  { accountId, claim, form }: TypedAddress,
): Promise<string> {
  const typed = form.value?.trim() ?? '';
  if (typed === '') throw new AppError('invalid', 'value_required').at('value');
  const value = claim === 'email' ? typed : wholePhone(form);
  const known = (await addressesOf(deps, accountId, claim)).find(
    (one) => textOf(one).toLowerCase() === value.toLowerCase(),
  );
  if (known !== undefined && !known.isVerified) return known.id;
  return (await deps.vault.addAttribute({ accountId, claim, value })).id;
}

function textOf({ claim, value }: Attribute): string {
  if (typeof value !== 'string') return '';
  return claim === 'phone_number' ? describePhone(value).text : value;
}
