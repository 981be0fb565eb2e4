import { Type } from 'typebox';

import { formPage, redirect, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import type { InteractionsContext } from './context.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { frameOf, secondStepPage } from './interaction-views.ts';
import { openInteraction } from './open-interaction.ts';
import {
  afterWrongCode,
  findFirstStep,
  firstStepAgain,
  forgetFirstStep,
  methodsOf,
  type SecondStep,
} from './second-step.ts';

type CodeStep = Exclude<SecondStep, 'passkey'>;

const METHODS = { code: 'totp', recovery: 'recovery_code' } as const;
const WRONG = { code: 'code_wrong' };

/** The second step of a sign-in: a code of the authenticator app, or a recovery code. Before it there is no session. */
export function secondStepRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...codePages(deps, 'code'), ...codePages(deps, 'recovery')];
}

function codePages(deps: InteractionsContext, step: CodeStep): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: `/interaction/{uid}/second-step/${step}`,
    form: Type.Object({
      code: Type.String({ minLength: 1, maxLength: 100 }),
      trust: Type.Optional(Type.Literal('browser')),
    }),
    query: Type.Object({ tried: Type.Optional(Type.Literal('wrong')) }),
    limit: { points: 30, perSeconds: 60 },
    show: async ({ ctx, params: { uid }, query, request: { deviceId }, formErrors }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      const kept = findFirstStep(deps, uid);
      const methods = kept && (await methodsOf(deps, { ...kept, deviceId }));
      if (methods === undefined) return firstStepAgain(uid);
      const errors = formErrors ?? (query.tried === undefined ? null : WRONG);
      const model = { ...frameOf(interaction), step, methods, formErrors: errors };
      return render(secondStepPage, model, errors === WRONG ? { status: 422 } : {});
    },
    submit: async ({ ctx, params: { uid }, form: { code, trust }, request }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      const kept = findFirstStep(deps, uid);
      if (kept === undefined) return firstStepAgain(uid);
      const { ticket, isRemembered } = kept;
      const { deviceId, network: ip } = request;
      try {
        const entered = { ticket, method: METHODS[step], code, trust, deviceId, ip };
        const outcome = await deps.authentication.completeSecondStep(entered);
        forgetFirstStep(deps, uid);
        return await finishSignIn(deps, ctx, { interaction, outcome, isRemembered, request });
      } catch (error) {
        if (isAppError(error, 'second_step_expired')) return firstStepAgain(uid);
        // A wrong code is counted, so a reload of the answer must not send it again.
        if (isAppError(error, 'code_wrong')) return redirect(afterWrongCode(uid, step));
        throw isAppError(error, 'second_step_locked') ? error.at('form') : error;
      }
    },
  });
}
