import { type Flash, pageRoute, redirect, type ActionResult } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { isAppError } from '../platform/app-error.ts';
import { CODE_PAGE, confirmPath, resetPath } from './code-step.ts';
import type { InteractionsContext } from './context.ts';
import { openInteraction } from './open-interaction.ts';

/** A new code for a registration, a sign-in or a password reset. The answer leads back to the page of the code. */
export function resendRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  const { params, access } = CODE_PAGE;
  return (['confirm', 'reset'] as const).map((step) =>
    pageRoute({
      access,
      params,
      method: 'post',
      path: `/interaction/{uid}/${step}/{reference}/resend`,
      limit: { points: 10, perSeconds: 600 },
      handle: async ({ ctx, params: { uid, reference }, request }): Promise<ActionResult> => {
        await openInteraction(deps, ctx, uid);
        const back = step === 'reset' ? resetPath : confirmPath;
        const { locale, deviceId, network: ip } = request;
        const sending = deps.authentication.resendCode({
          flowId: reference,
          interactionUid: uid,
          locale,
          deviceId,
          ip,
        });
        try {
          await sending;
          return redirect(back({ uid, reference }), { flash: SENT });
        } catch (error) {
          if (isAppError(error, 'code_expired')) return redirect(sitePath`/interaction/${uid}`);
          if (!isAppError(error) || error.kind !== 'too_many') throw error;
          const { retryAfterSeconds = 60 } = error;
          return redirect(back({ uid, reference }), { flash: { ...TOO_SOON, retryAfterSeconds } });
        }
      },
    }),
  );
}

const SENT: Flash = { kind: 'good', message: 'interactions:confirm.resent' };

const TOO_SOON: Flash = { kind: 'warn', message: 'interactions:confirm.tooSoon' };
