import type { Context } from 'koa';
import { Type } from 'typebox';

import {
  formPage,
  type PageResult,
  redirect,
  render,
  typedText,
} from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { isAppError } from '../platform/app-error.ts';
import { USERNAME_CLAIM } from '../vault/index.ts';
import type { InteractionsContext } from './context.ts';
import { finishInteraction } from './finish-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { addUsernamePage, frameOf } from './interaction-views.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { freshProof, requireSignedIn } from './signed-in-person.ts';

type Visit = Pick<Parameters<typeof freshProof>[1], 'caller'> & { readonly ctx: Context };

/** Choosing the username that every account of this installation has (`REGISTRATION_USERNAME=required`), before a sign-in continues. */
export function usernameRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/username',
    form: Type.Object({ value: Type.String({ minLength: 1, maxLength: 1_000 }) }),
    limit: { points: 30, perSeconds: 300 },
    show: async ({ ctx, params: { uid }, caller, formErrors, formValues }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      if (formErrors === null) return showUsername(deps, interaction, { ctx, caller });
      const value = typedText(formValues, 'value');
      const frame = frameOf(interaction);
      return render(addUsernamePage, { ...frame, isForConsent: false, value, formErrors });
    },
    submit: async ({ ctx, params: { uid }, caller, form: { value } }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      if (interaction.prompt !== 'username') return redirect(sitePath`/interaction/${uid}`);
      const accountId = requireSignedIn(interaction, caller);
      const detour = freshProof(deps, { caller, next: pathOf(uid) });
      if (detour !== null) return detour;
      try {
        await deps.vault.addAttribute({ accountId, claim: USERNAME_CLAIM, value });
      } catch (error) {
        // The form was sent before.
        if (!isAppError(error, 'value_exists')) throw error;
      }
      return finishInteraction(deps, ctx, { username: {} });
    },
  });
}

/** The page on which the person chooses a username. A person without a fresh proof of identity proves it first. */
export async function showUsername(
  deps: InteractionsContext,
  interaction: OpenInteraction,
  { ctx, caller }: Visit,
): Promise<PageResult> {
  if (interaction.prompt !== 'username') return redirect(sitePath`/interaction/${interaction.uid}`);
  const accountId = requireSignedIn(interaction, caller);
  const values = await deps.vault.listAttributes(accountId);
  // Added in another tab, or by the sign-in that proved the identity again.
  if (values.some(({ claim }) => claim === USERNAME_CLAIM))
    return finishInteraction(deps, ctx, { username: {} });
  const detour = freshProof(deps, { caller, next: pathOf(interaction.uid) });
  if (detour !== null) return detour;
  const frame = frameOf(interaction);
  return render(addUsernamePage, { ...frame, isForConsent: false, value: '', formErrors: null });
}

function pathOf(uid: string) {
  return sitePath`/interaction/${uid}/username`;
}
