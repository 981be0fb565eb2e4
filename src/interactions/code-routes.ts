import { Type } from 'typebox';

import { formPage, redirect, success } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import { confirmPath, requestCodeForm } from './code-step.ts';
import { finishSignIn, requiredProof } from './finish-sign-in.ts';
import { codePage } from './interaction-views.ts';
import { openInteraction } from './open-interaction.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';
import { findTypedName } from './typed-name.ts';
import { giveUsername, wishUsername } from './wished-username.ts';

const LinkForm = Type.Object({ link: Type.String({ minLength: 1, maxLength: 200 }) });

/** Sign-in or registration by a code, without a password. The code is entered on the page of registrations. */
export function codeRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...requesting(deps), ...continuing(deps)];
}

function requesting(deps: InteractionsContext): readonly AnyRoute[] {
  return requestCodeForm(deps, {
    path: '/interaction/{uid}/code',
    page: codePage,
    requestCode: async (input) => {
      const { registrationId } = await deps.authentication.requestSignInCode(input);
      // The account of this code may be another one.
      wishUsername(deps, input.interactionUid, '');
      return confirmPath({ uid: input.interactionUid, reference: registrationId });
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
      const required = requiredProof(interaction);
      const outcome = await deps.authentication.signInByLink({ link, deviceId, ip, required });
      const isRegistered = isRegistration && outcome.status === 'signed_in';
      const flash = isRegistered ? await giveUsername(deps, { uid: params.uid, ...outcome }) : {};
      const isRemembered = findTypedName(deps, params.uid)?.isRemembered ?? false;
      const finish = { interaction, outcome, isRemembered, request };
      return { ...(await finishSignIn(deps, ctx, finish)), ...flash };
    },
  });
}
