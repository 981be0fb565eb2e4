import { Type } from 'typebox';

import type { AnyRoute } from '../http/routing/route.ts';
import { formPage, redirect, success } from '../http/routing/page-route.ts';
import {
  CODE_PAGE,
  leadOnAfterCode,
  requestCodeForm,
  resetPath,
  showCodeStep,
} from './code-step.ts';
import { forgotPage } from './interaction-views.ts';
import { openInteraction } from './open-interaction.ts';
import { sitePath } from '../http/pages/site-path.ts';
import type { InteractionsContext } from './context.ts';

const ResetForm = Type.Object({
  /** For password managers. */
  username: Type.Optional(Type.String({ maxLength: 254 })),
  code: Type.String({ minLength: 1, maxLength: 20 }),
  newPassword: Type.String({ minLength: 1, maxLength: 1024 }),
});

/** A forgotten password: a code to the mail, a new password, then the ordinary sign-in. */
export function passwordResetRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    ...requestCodeForm(deps, {
      path: '/interaction/{uid}/forgot',
      page: forgotPage,
      requestCode: async (input) => {
        const { resetId } = await deps.authentication.startPasswordReset(input);
        return resetPath({ uid: input.interactionUid, reference: resetId });
      },
    }),
    ...formPage({
      ...CODE_PAGE,
      path: '/interaction/{uid}/reset/{reference}',
      form: ResetForm,
      limit: { points: 30, perSeconds: 60 },
      show: async (visit) => showCodeStep(deps, visit),
      submit: async ({ ctx, params, form, request }) => {
        await openInteraction(deps, ctx, params.uid);
        const { deviceId, network: ip, locale } = request;
        const { code, newPassword } = form;
        const entered = { resetId: params.reference, code, newPassword, deviceId, ip, locale };
        try {
          await deps.authentication.finishPasswordReset(entered);
        } catch (error) {
          return leadOnAfterCode(error, 'reset', params);
        }
        const signIn = sitePath`/interaction/${params.uid}/sign-in`;
        return redirect(signIn, success('interactions:reset.done'));
      },
    }),
  ];
}
