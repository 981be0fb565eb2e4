import { Type } from 'typebox';

import type { Authentication, RequestedCode } from '../authentication/index.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import { OpaqueIdParam } from '../http/routing/path-parameters.ts';
import {
  type ActionResult,
  type FormErrors,
  formPage,
  redirect,
  render,
  success,
  type PageResult,
  typedText,
} from '../http/routing/page-route.ts';
import type { Page } from '../http/pages/page.ts';
import { isAppError } from '../platform/app-error.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import type { InteractionsContext } from './context.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import {
  type CodeModel,
  confirmPage,
  type ForgotModel,
  frameOf,
  resetPage,
} from './interaction-views.ts';
import { openInteraction } from './open-interaction.ts';
import type { Context } from 'koa';
import { findTypedName } from './typed-name.ts';

/** Members that the pages of one requested code share. Their address keeps everything that a reload needs. */
export const CODE_PAGE = {
  access: 'public',
  params: Type.Object({ uid: OpaqueIdParam, reference: Type.String({ format: 'uuid' }) }),
  query: Type.Object({
    look: Type.Optional(Type.Literal('1')),
    tried: Type.Optional(Type.Literal('wrong')),
  }),
} as const;

interface CodeStep {
  readonly uid: string;
  readonly reference: string;
}

/** Where a code is entered. */
export function confirmPath({ uid, reference }: CodeStep): SitePath {
  return sitePath`/interaction/${uid}/confirm/${reference}`;
}

/** Where a code and a new password are entered. */
export function resetPath({ uid, reference }: CodeStep): SitePath {
  return sitePath`/interaction/${uid}/reset/${reference}`;
}

/** The same page after a wrong code. */
const AFTER_WRONG = {
  confirm: ({ uid, reference }: CodeStep) =>
    sitePath`/interaction/${uid}/confirm/${reference}?tried=wrong`,
  reset: ({ uid, reference }: CodeStep) =>
    sitePath`/interaction/${uid}/reset/${reference}?tried=wrong`,
};

/** The form on which a person enters the address to which a code is sent. */
export function requestCodeForm(
  deps: InteractionsContext,
  form: {
    readonly path: `/interaction/{uid}/${'code' | 'forgot'}`;
    readonly page: Page<ForgotModel>;
    /** @returns where the code is entered. */
    readonly requestCode: (
      input: Parameters<Authentication['requestSignInCode']>[0] & {
        readonly interactionUid: string;
      },
    ) => Promise<SitePath>;
  },
): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: form.path,
    form: Type.Object({ identifier: Type.String({ minLength: 3, maxLength: 254 }) }),
    limit: { points: 20, perSeconds: 600 },
    show: async ({ ctx, params, formErrors, formValues }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      const { login_hint: hint = '' } = interaction.parameters;
      const known = findTypedName(deps, params.uid)?.identifier ?? hint;
      const identifier = formErrors ? typedText(formValues, 'identifier') : known;
      const hasSms = deps.sms.isOn;
      return render(form.page, { ...frameOf(interaction), identifier, hasSms, formErrors });
    },
    submit: async ({ ctx, params, form: { identifier }, request }) => {
      await openInteraction(deps, ctx, params.uid);
      const { locale, deviceId, network: ip } = request;
      const input = { identifier, locale, deviceId, ip, interactionUid: params.uid };
      return redirect(await form.requestCode(input));
    },
  });
}

interface Visit {
  readonly ctx: Context;
  readonly params: CodeStep;
  readonly query: { readonly look?: '1'; readonly tried?: 'wrong' };
  readonly formErrors: FormErrors | null;
  readonly request: { readonly deviceId: string | null };
}

/** The page on which a requested code is entered, or the way on when there is nothing to enter. */
export async function showCodeStep(
  deps: InteractionsContext,
  { ctx, params, query, formErrors, request: { deviceId } }: Visit,
): Promise<PageResult> {
  const interaction = await openInteraction(deps, ctx, params.uid);
  const { reference } = params;
  const found = await deps.authentication.findRequestedCode({ flowId: reference, deviceId });
  if (found === null) return redirect(sitePath`/interaction/${params.uid}`);
  if (found.state === 'used') return goOnAfterUse(params, found);
  const model = {
    ...frameOf(interaction),
    address: found.address,
    purpose: found.purpose,
    reference,
    isWaiting: found.state === 'waiting',
    isNotYet: query.look !== undefined,
    rules: deps.authentication.describePasswordRules('only_factor'),
    formErrors: formErrors ?? (query.tried === undefined ? null : WRONG),
  };
  return render(pageOf(found), model, query.tried === undefined ? {} : { status: 422 });
}

const WRONG: FormErrors = { code: 'code_wrong' };

/**
 * The way on after a code was refused. A wrong code is counted, so a reload of the answer must not send it again.
 * @throws the error when the form itself shows it.
 */
export function leadOnAfterCode(
  error: unknown,
  step: keyof typeof AFTER_WRONG,
  params: CodeStep,
): ActionResult {
  if (isAppError(error, 'code_wrong')) return redirect(AFTER_WRONG[step](params));
  if (!isAppError(error, 'code_expired')) throw error;
  // The page of the code leads on, or offers a new code.
  return redirect(step === 'reset' ? resetPath(params) : confirmPath(params));
}

/** The code, or the link beside it, was used, but this interaction still waits. */
function goOnAfterUse({ uid }: CodeStep, { purpose }: RequestedCode): PageResult {
  const signIn = sitePath`/interaction/${uid}/sign-in`;
  if (purpose === 'password_reset') return redirect(signIn, success('interactions:reset.done'));
  return redirect(signIn, success('interactions:confirm.done'));
}

function pageOf({ purpose }: RequestedCode): Page<CodeModel> {
  return purpose === 'password_reset' ? resetPage : confirmPage;
}
