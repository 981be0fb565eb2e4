import { Type } from 'typebox';

import type { DeletedAccount } from '../authentication/index.ts';
import { formPage, redirect, render, type PageResult } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { finishInteraction, signInResult } from './finish-interaction.ts';
import { frameOf, restorePage } from './interaction-views.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { sitePath } from '../http/pages/site-path.ts';
import type { InteractionsContext } from './context.ts';

const LONGEST_TICKET = 2_000;

/** A sign-in to an account that its owner has deleted: offers to restore it. */
export function restoreRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/restore',
    form: Type.Object({ ticket: Type.String({ minLength: 1, maxLength: LONGEST_TICKET }) }),
    limit: { points: 20, perSeconds: 600 },
    // A reload of the page is a GET request: the password has to be typed again.
    show: async ({ params }) => redirect(sitePath`/interaction/${params.uid}`),
    submit: async ({ ctx, params, form: { ticket }, request: { deviceId } }) => {
      await openInteraction(deps, ctx, params.uid);
      const proof = await deps.authentication.restoreAccount({ ticket, deviceId });
      return finishInteraction(deps, ctx, signInResult({ ...proof, isRemembered: false }));
    },
  });
}

/** The page that offers to restore the account. */
export function showRestore(
  interaction: OpenInteraction,
  { purgeAt, ticket }: DeletedAccount,
): PageResult {
  return render(restorePage, { ...frameOf(interaction), purgeAt, ticket });
}
