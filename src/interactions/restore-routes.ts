import { type ActionResult, formPage, redirect, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { finishInteraction, signInResult } from './finish-interaction.ts';
import { frameOf, restorePage } from './interaction-views.ts';
import { openInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { isAppError } from '../platform/app-error.ts';
import { restoreTicketOf } from './restore-ticket.ts';
import type { InteractionsContext } from './context.ts';

/** A sign-in to an account that its owner has deleted: offers to restore it. */
export function restoreRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/restore',
    limit: { points: 20, perSeconds: 600 },
    show: async ({ ctx, params, request }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      const { deviceId } = request;
      try {
        const ticket = restoreTicketOf(request, params.uid);
        const { purgeAt } = await deps.authentication.describeRestoring({ ticket, deviceId });
        return render(restorePage, { ...frameOf(interaction), purgeAt });
      } catch (error) {
        return signInAgain(error, params.uid);
      }
    },
    submit: async ({ ctx, params, request }) => {
      await openInteraction(deps, ctx, params.uid);
      const { deviceId } = request;
      try {
        const ticket = restoreTicketOf(request, params.uid);
        const proof = await deps.authentication.restoreAccount({ ticket, deviceId });
        return await finishInteraction(deps, ctx, signInResult({ ...proof, isRemembered: false }));
      } catch (error) {
        return signInAgain(error, params.uid);
      }
    },
  });
}

/** Without a valid ticket the password has to be entered again. */
function signInAgain(error: unknown, uid: string): ActionResult {
  const isOver =
    isAppError(error, 'restore_ticket_expired') || isAppError(error, 'account_not_restorable');
  if (!isOver) throw error;
  const flash = { kind: 'warn', message: 'interactions:restore.over' } as const;
  return redirect(sitePath`/interaction/${uid}/sign-in`, { flash });
}
