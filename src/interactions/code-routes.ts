import { Type } from 'typebox';

import { formPage, pageRoute, redirect, render, typedText } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { finishInteraction, signInResult } from './finish-interaction.ts';
import { codePage, frameOf } from './interaction-views.ts';
import { openInteraction } from './open-interaction.ts';
import { showConfirm } from './registration-routes.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { InteractionParams } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';

const LinkForm = Type.Object({ link: Type.String({ minLength: 1, maxLength: 200 }) });

/** Sign-in or registration by a code, without a password. The code is entered on the page of registrations. */
export function codeRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...requesting(deps), ...continuing(deps)];
}

function requesting(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    path: '/interaction/{uid}/code',
    access: 'public',
    params: InteractionParams,
    form: Type.Object({ identifier: Type.String({ minLength: 3, maxLength: 254 }) }),
    limit: { points: 20, perSeconds: 600 },
    show: async ({ ctx, params, formErrors, formValues }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      const { login_hint: hint = '' } = interaction.parameters;
      const identifier = formErrors ? typedText(formValues, 'identifier') : hint;
      const hasSms = deps.sms.isOn;
      return render(codePage, { ...frameOf(interaction), hasSms, identifier, formErrors });
    },
    submit: async ({ ctx, params, form, request }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      const { registrationId } = await deps.authentication.requestSignInCode({
        identifier: form.identifier,
        locale: request.locale,
        deviceId: request.deviceId,
        interactionUid: params.uid,
        ip: request.network,
      });
      return showConfirm(interaction, { email: form.identifier, reference: registrationId });
    },
  });
}

/** The other form of the same proof: the link of the mail. */
function continuing(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    // The form that the link of a sign-in mail leads to, in this browser.
    pageRoute({
      method: 'post',
      path: '/interaction/{uid}/link',
      access: 'public',
      params: InteractionParams,
      form: LinkForm,
      limit: { points: 30, perSeconds: 60 },
      handle: async ({ ctx, params, form, formErrors, request }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        if (formErrors) return redirect(sitePath`/interaction/${params.uid}`);
        const proof = await deps.authentication.signInByLink({
          link: form.link,
          deviceId: request.deviceId,
          ip: request.network,
        });
        const isRemembered = interaction.accountId === proof.accountId;
        return finishInteraction(deps, ctx, signInResult({ ...proof, isRemembered }));
      },
    }),

    // The address that a reload of the answer to that form requests.
    pageRoute({
      method: 'get',
      path: '/interaction/{uid}/link',
      access: 'public',
      params: InteractionParams,
      handle: async ({ params }) => redirect(sitePath`/interaction/${params.uid}`),
    }),
  ];
}
