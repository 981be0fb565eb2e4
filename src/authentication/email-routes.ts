import { Type } from 'typebox';

import { FRESH_SECONDS } from '../accounts/index.ts';
import {
  type FormErrors,
  type Flash,
  notFound,
  pageRoute,
  type PageResult,
  redirect,
  render,
} from '../http/page-route.ts';
import type { AnyRoute } from '../http/route.ts';
import { isAppError } from '../platform/app-error.ts';
import type { AttributeRef, Vault } from '../vault/index.ts';
import type { Authentication } from './index.ts';
import { addEmailPage, confirmEmailPage } from './security-views.ts';

export interface EmailRoutesDeps {
  readonly vault: Vault;
  readonly authentication: Authentication;
}

const ADD = '/account/emails/add';
const CONFIRM = '/account/emails/{attributeId}/confirm';
const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });
// Reading the mail takes its time: the proof was fresh when the code was asked for.
const CONFIRM_FRESH_SECONDS = 3 * FRESH_SECONDS;

/** Where a person adds an e-mail and proves it by a code. */
export function emailRoutes(deps: EmailRoutesDeps): readonly AnyRoute[] {
  return [...adding(deps), ...confirming(deps)];
}

function adding({ vault, authentication }: EmailRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: ADD,
      access: 'person',
      freshSeconds: FRESH_SECONDS,
      handle: async () => render(addEmailPage, { email: '', label: '', formErrors: null }),
    }),
    pageRoute({
      method: 'post',
      path: ADD,
      access: 'person',
      freshSeconds: FRESH_SECONDS,
      form: Type.Object({
        value: Type.String({ minLength: 1, maxLength: 1_000 }),
        label: Type.Optional(Type.String({ maxLength: 1_000 })),
      }),
      limit: { points: 30, perSeconds: 600 },
      handle: async ({ caller, form, formErrors, formValues, request }) => {
        if (formErrors) {
          const email = text(formValues['value']);
          return render(addEmailPage, { email, label: text(formValues['label']), formErrors });
        }
        const { accountId } = caller;
        const { id: attributeId } = await vault.addAttribute({
          accountId,
          claim: 'email',
          value: form.value,
          label: form.label ?? null,
        });
        const { locale, network: ip } = request;
        const ref = { accountId, attributeId };
        await sendUnlessTooSoon(authentication.requestAttributeCode({ ...ref, locale, ip }));
        return redirect(confirmPath(ref));
      },
    }),
  ];
}

function confirming({ vault, authentication }: EmailRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: CONFIRM,
      access: 'person',
      freshSeconds: FRESH_SECONDS,
      params: AttributeParams,
      handle: async ({ caller, params }) =>
        showConfirm(vault, { accountId: caller.accountId, ...params }, null),
    }),
    pageRoute({
      method: 'post',
      path: CONFIRM,
      access: 'person',
      freshSeconds: CONFIRM_FRESH_SECONDS,
      params: AttributeParams,
      form: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
      handle: async ({ caller, params, form, formErrors, request }) => {
        const ref = { accountId: caller.accountId, ...params };
        if (formErrors) return showConfirm(vault, ref, formErrors);
        const { locale, network: ip } = request;
        try {
          await authentication.confirmAttribute({ ...ref, code: form.code, locale, ip });
        } catch (error) {
          if (!isAppError(error, 'address_taken')) throw error;
          return showConfirm(vault, ref, { code: 'address_taken' });
        }
        return redirect('/account', {
          flash: { kind: 'good', message: 'authentication:flash.emailConfirmed' },
        });
      },
    }),
    pageRoute({
      method: 'post',
      path: '/account/emails/{attributeId}/code',
      access: 'person',
      params: AttributeParams,
      handle: async ({ caller, params, request }) => {
        const ref = { accountId: caller.accountId, ...params };
        const { locale, network: ip } = request;
        const flash = await sendUnlessTooSoon(
          authentication.requestAttributeCode({ ...ref, locale, ip }),
        );
        return redirect(confirmPath(ref), { flash });
      },
    }),
  ];
}

/** Within a minute of the last code there is nothing to send, and nothing wrong either. */
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
  ref: AttributeRef,
  formErrors: FormErrors | null,
): Promise<PageResult> {
  const { claim, value, isVerified } = await vault.findAttribute(ref);
  if (claim !== 'email' || typeof value !== 'string') return notFound();
  if (isVerified) return redirect('/account');
  return render(confirmEmailPage, { attributeId: ref.attributeId, email: value, formErrors });
}

function confirmPath({ attributeId }: AttributeRef): string {
  return `/account/emails/${attributeId}/confirm`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
