import { Type } from 'typebox';

import { parsePasskeyAnswer, PasskeyAnswer } from '../../authentication/http.ts';
import { formPage, redirect, render } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { InteractionsContext } from '../context.ts';
import { finishSignIn } from '../finish-sign-in.ts';
import { INTERACTION_PAGE } from '../interaction-path-schema.ts';
import { frameOf, passkeyStepPage } from '../interaction-views.ts';
import { openInteraction } from '../open-interaction.ts';
import {
  findFirstStep,
  firstStepAgain,
  forgetFirstStep,
  methodsOf,
  passkeyStepPath,
} from '../second-step.ts';

/** The second step of a sign-in with a passkey of the account whose first step is done. */
export function passkeyStepRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  const { authentication } = deps;
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/second-step/passkey',
    form: Type.Object({ ...PasskeyAnswer, trust: Type.Optional(Type.Literal('browser')) }),
    limit: { points: 60, perSeconds: 60 },
    show: async ({ ctx, params: { uid }, request: { deviceId } }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      const kept = findFirstStep(deps, uid);
      const methods = kept && (await methodsOf(deps, { ...kept, deviceId }));
      if (kept === undefined || methods === undefined) return firstStepAgain(uid);
      const { ticket } = kept;
      const passkey = await authentication.startPasskeyStep({ ticket, deviceId });
      return render(passkeyStepPage, { ...frameOf(interaction), passkey, methods });
    },
    submit: async ({ ctx, params: { uid }, form, request }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      const kept = findFirstStep(deps, uid);
      if (kept === undefined) return firstStepAgain(uid);
      const { ticket, isRemembered } = kept;
      const { ticket: challengeTicket, trust } = form;
      const { deviceId, network: ip } = request;
      try {
        const answer = parsePasskeyAnswer(form.answer);
        const given = { ticket, challengeTicket, answer, trust, deviceId, ip };
        const outcome = await authentication.completePasskeyStep(given);
        forgetFirstStep(deps, uid);
        return await finishSignIn(deps, ctx, { interaction, outcome, isRemembered, request });
      } catch (error) {
        if (isAppError(error, 'second_step_expired')) return firstStepAgain(uid);
        if (isAppError(error, 'passkey_expired')) return redirect(passkeyStepPath(uid), OVER);
        if (isAppError(error, 'passkey_refused')) return redirect(passkeyStepPath(uid), REFUSED);
        throw error;
      }
    },
  });
}

const OVER = { flash: { kind: 'warn', message: 'interactions:passkey.over' } } as const;
const REFUSED = { flash: { kind: 'warn', message: 'interactions:passkey.refused' } } as const;
