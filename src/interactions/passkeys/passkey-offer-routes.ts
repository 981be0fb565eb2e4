import type { Context } from 'koa';
import { Type } from 'typebox';

import { parsePasskeyAnswer, PasskeyAnswer } from '../../authentication/http.ts';
import { sitePath } from '../../http/pages/site-path.ts';
import {
  type ActionResult,
  formPage,
  pageRoute,
  redirect,
  render,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { InteractionsContext } from '../context.ts';
import { finishInteraction, signInResult } from '../finish-interaction.ts';
import { INTERACTION_PAGE } from '../interaction-path-schema.ts';
import { frameOf, passkeyOfferPage } from '../interaction-views.ts';
import { openInteraction } from '../open-interaction.ts';
import {
  findKeptSignIn,
  forgetKeptSignIn,
  type KeptSignIn,
  passkeyOfferPath,
} from './passkey-offer.ts';

/** The offer of a passkey after a sign-in with a password. Each answer continues the sign-in. */
export function passkeyOfferRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  const { authentication } = deps;
  return [
    ...formPage({
      ...INTERACTION_PAGE,
      path: '/interaction/{uid}/passkey-offer',
      form: Type.Object(PasskeyAnswer),
      limit: { points: 20, perSeconds: 600 },
      show: async ({ ctx, params: { uid }, request: { deviceId } }) => {
        const interaction = await openInteraction(deps, ctx, uid);
        const kept = findKeptSignIn(deps, uid);
        if (kept === undefined) return signInAgain(uid);
        const { accountId } = kept;
        const creation = await authentication.startPasskey({ accountId, deviceId });
        return render(passkeyOfferPage, { ...frameOf(interaction), creation });
      },
      submit: async ({ ctx, params: { uid }, form, request: { deviceId } }) => {
        await openInteraction(deps, ctx, uid);
        const kept = findKeptSignIn(deps, uid);
        if (kept === undefined) return signInAgain(uid);
        const { accountId, generation, amr } = kept;
        const answer = parsePasskeyAnswer(form.answer);
        const given = { accountId, generation, amr, deviceId, ticket: form.ticket, answer };
        try {
          await authentication.addPasskey(given);
        } catch (error) {
          if (!isAppError(error)) throw error;
          if (error.kind === 'gone' || error.kind === 'invalid')
            return redirect(passkeyOfferPath(uid), FAILED);
          // A passkey that exists already is no reason to stop the sign-in.
          if (error.kind !== 'conflict') throw error;
        }
        return goOn(deps, ctx, { uid, kept });
      },
    }),
    pageRoute({
      ...INTERACTION_PAGE,
      method: 'post',
      path: '/interaction/{uid}/passkey-offer/later',
      handle: async ({ ctx, params: { uid } }) => {
        await openInteraction(deps, ctx, uid);
        const kept = findKeptSignIn(deps, uid);
        return kept === undefined ? signInAgain(uid) : goOn(deps, ctx, { uid, kept });
      },
    }),
  ];
}

const FAILED = { flash: { kind: 'warn', message: 'interactions:passkeyOffer.failed' } } as const;

async function goOn(
  deps: InteractionsContext,
  ctx: Context,
  { uid, kept }: { readonly uid: string; readonly kept: KeptSignIn },
): Promise<ActionResult> {
  forgetKeptSignIn(deps, uid);
  return finishInteraction(deps, ctx, signInResult(kept));
}

function signInAgain(uid: string): ActionResult {
  const flash = { kind: 'warn', message: 'interactions:secondStep.over' } as const;
  return redirect(sitePath`/interaction/${uid}/sign-in`, { flash });
}
