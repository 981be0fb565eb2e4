import { Type } from 'typebox';

import { formPage, redirect, render, success, typedText } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import { confirmPath } from './code-step.ts';
import { finishProof } from './finish-interaction.ts';
import { codePage, frameOf } from './interaction-views.ts';
import { openInteraction } from './open-interaction.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';
import { giveUsername, wishUsername } from './wished-username.ts';

const LinkForm = Type.Object({ link: Type.String({ minLength: 1, maxLength: 200 }) });

/** Sign-in or registration by a code, without a password. The code is entered on the page of registrations. */
export function codeRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...requesting(deps), ...continuing(deps)];
}

function requesting(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/code',
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
      await openInteraction(deps, ctx, params.uid);
      const { registrationId } = await deps.authentication.requestSignInCode({
        identifier: form.identifier,
        locale: request.locale,
        deviceId: request.deviceId,
        interactionUid: params.uid,
        ip: request.network,
      });
      // The account of this code may be another one.
      wishUsername(deps, params.uid, '');
      return redirect(confirmPath({ ...params, reference: registrationId }));
    },
  });
}

/**
 * The other form of the same proof: the form that the link of the mail leads to, in this browser. The link of a registration is
 * valid longer than its code; then it confirms the address, and the person signs in with the password.
 */
function continuing(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/link',
    form: LinkForm,
    limit: { points: 30, perSeconds: 60 },
    // A reload of the answer to the form is a GET request.
    show: async ({ params }) => redirect(sitePath`/interaction/${params.uid}`),
    submit: async ({ ctx, params, form: { link }, request }) => {
      const { deviceId, network: ip } = request;
      const visit = { link, deviceId, ip, accountId: null };
      const found = await deps.authentication.describeLink(visit);
      const isRegistration = found?.purpose === 'registration' && found.use === 'confirm';
      const interaction = await openInteraction(deps, ctx, params.uid).catch((error: unknown) => {
        // The address can be confirmed all the same.
        if (!isRegistration || !isAppError(error, 'interaction_expired')) throw error;
        return null;
      });
      if (interaction === null || (isRegistration && !found.signsIn)) {
        await deps.authentication.confirmLink(visit);
        if (interaction === null) return redirect(sitePath`/confirm/${link}`);
        const signIn = sitePath`/interaction/${params.uid}/sign-in`;
        return redirect(signIn, success('interactions:confirm.done'));
      }
      const proof = await deps.authentication.signInByLink({ link, deviceId, ip });
      const flash = isRegistration ? await giveUsername(deps, { uid: params.uid, ...proof }) : {};
      return { ...(await finishProof(deps, ctx, { interaction, proof })), ...flash };
    },
  });
}
