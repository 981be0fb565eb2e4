import { Type } from 'typebox';

import { parsePasskeyAnswer, PasskeyAnswer } from '../../authentication/http.ts';
import { sitePath } from '../../http/pages/site-path.ts';
import { type ActionResult, formAction, redirect } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { InteractionsContext } from '../context.ts';
import { finishSignIn } from '../finish-sign-in.ts';
import { INTERACTION_PAGE } from '../interaction-path-schema.ts';
import { openInteraction } from '../open-interaction.ts';
import { showSignIn } from '../sign-in-routes.ts';

/** A sign-in with a passkey, which the form of the sign-in page sends. It is two factors, so it is also a fresh proof. */
export function passkeySignInRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    formAction({
      ...INTERACTION_PAGE,
      path: '/interaction/{uid}/passkey',
      form: Type.Object({ ...PasskeyAnswer, remember: Type.Optional(Type.Literal('yes')) }),
      limit: { points: 60, perSeconds: 60 },
      show: async ({ ctx, params: { uid }, formErrors }) =>
        showSignIn(deps, await openInteraction(deps, ctx, uid), { formErrors }),
      submit: async ({ ctx, params: { uid }, form, request }) => {
        const interaction = await openInteraction(deps, ctx, uid);
        const { ticket, answer: text, remember } = form;
        const { deviceId, network: ip } = request;
        try {
          const answer = parsePasskeyAnswer(text);
          const given = { ticket, answer, deviceId, ip };
          const outcome = await deps.authentication.signInByPasskey(given);
          const isRemembered = remember === 'yes';
          return await finishSignIn(deps, ctx, { interaction, outcome, isRemembered, request });
        } catch (error) {
          if (isAppError(error, 'passkey_expired')) return again(uid, 'over');
          if (isAppError(error, 'passkey_refused')) return again(uid, 'refused');
          throw error;
        }
      },
    }),
  ];
}

/** The sign-in page with a new challenge. All refusals are equal. */
function again(uid: string, reason: 'over' | 'refused'): ActionResult {
  const flash = { kind: 'warn', message: `interactions:passkey.${reason}` } as const;
  return redirect(sitePath`/interaction/${uid}/sign-in`, { flash });
}
