import { Type } from 'typebox';

import type { AnyRoute } from '../http/routing/route.ts';
import { pageRoute, redirect, render, type PageResult } from '../http/routing/page-route.ts';
import {
  type CodeModel,
  forgotPage,
  type ForgotModel,
  frameOf,
  resetPage,
} from './interaction-views.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { InteractionParams } from './interaction-path-schema.ts';
import { sitePath } from '../http/pages/site-path.ts';
import type { InteractionsContext } from './context.ts';

const ForgotForm = Type.Object({ identifier: Type.String({ minLength: 3, maxLength: 254 }) });

const ResetForm = Type.Object({
  reference: Type.String({ format: 'uuid' }),
  email: Type.String({ maxLength: 254 }),
  code: Type.String({ minLength: 1, maxLength: 20 }),
  newPassword: Type.String({ minLength: 1, maxLength: 1024 }),
});

/** A forgotten password: a code to the mail, a new password, then the ordinary sign-in. */
export function passwordResetRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/interaction/{uid}/forgot',
      access: 'public',
      params: InteractionParams,
      handle: async ({ ctx, params }) =>
        showForgot(deps, await openInteraction(deps, ctx, params.uid), {}),
    }),

    pageRoute({
      method: 'post',
      path: '/interaction/{uid}/forgot',
      access: 'public',
      params: InteractionParams,
      form: ForgotForm,
      limit: { points: 20, perSeconds: 600 },
      handle: async ({ ctx, params, form, formErrors, formValues, request }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        if (formErrors) {
          const identifier = text(formValues['identifier']);
          return showForgot(deps, interaction, { identifier, formErrors });
        }
        const { resetId } = await deps.authentication.startPasswordReset({
          identifier: form.identifier,
          locale: request.locale,
          deviceId: request.deviceId,
          interactionUid: params.uid,
          ip: request.network,
        });
        return showReset(interaction, {
          email: form.identifier,
          reference: resetId,
          formErrors: null,
        });
      },
    }),

    pageRoute({
      method: 'post',
      path: '/interaction/{uid}/reset',
      access: 'public',
      params: InteractionParams,
      form: ResetForm,
      limit: { points: 30, perSeconds: 60 },
      handle: async ({ ctx, params, form, formErrors, formValues, request }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        if (formErrors) {
          return showReset(interaction, {
            email: text(formValues['email']),
            reference: text(formValues['reference']),
            formErrors,
          });
        }
        await deps.authentication.finishPasswordReset({
          resetId: form.reference,
          code: form.code,
          newPassword: form.newPassword,
          deviceId: request.deviceId,
          ip: request.network,
          locale: request.locale,
        });
        return redirect(sitePath`/interaction/${params.uid}/sign-in`, {
          flash: { kind: 'good', message: 'interactions:reset.done' },
        });
      },
    }),

    pageRoute({
      method: 'get',
      path: '/interaction/{uid}/reset',
      access: 'public',
      params: InteractionParams,
      handle: async ({ params }) => redirect(sitePath`/interaction/${params.uid}/forgot`),
    }),
  ];
}

function showForgot(
  { sms }: InteractionsContext,
  interaction: OpenInteraction,
  state: Partial<Pick<ForgotModel, 'identifier' | 'formErrors'>>,
): PageResult {
  return render(
    forgotPage,
    {
      ...frameOf(interaction),
      identifier: state.identifier ?? interaction.parameters.login_hint ?? '',
      hasSms: sms.isOn,
      formErrors: state.formErrors ?? null,
    },
    state.formErrors ? { status: 422 } : {},
  );
}

function showReset(
  interaction: OpenInteraction,
  state: Pick<CodeModel, 'email' | 'reference' | 'formErrors'>,
): PageResult {
  return render(
    resetPage,
    { ...frameOf(interaction), ...state },
    state.formErrors ? { status: 422 } : {},
  );
}

function text(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
