import { Type } from 'typebox';

import {
  type ActionResult,
  formPage,
  redirect,
  render,
  success,
  typedText,
} from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import { PICTURE_FIELD, pictureOf } from '../vault/http.ts';
import { AVATAR_CLAIM, USERNAME_CLAIM } from '../vault/index.ts';
import type { InteractionsContext } from './context.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { addPicturePage, addUsernamePage, frameOf } from './interaction-views.ts';
import { freshProof, openDecision } from './signed-in-person.ts';
import { addValuePath, consentPath } from './value-step.ts';

/**
 * Adding a picture or a username that an app requests, before the decision about the app. Each step has its own address and
 * returns to the consent page, which has kept the choices.
 */
export function valueStepRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...addingPicture(deps), ...addingUsername(deps)];
}

function addingPicture(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: `/interaction/{uid}/add/${AVATAR_CLAIM}`,
    form: Type.Object({}),
    file: PICTURE_FIELD,
    limit: { points: 20, perSeconds: 60 },
    show: async ({ ctx, params: { uid }, caller, formErrors }) => {
      const { interaction } = await openDecision(deps, ctx, { uid, caller });
      return render(addPicturePage, { ...frameOf(interaction), formErrors });
    },
    submit: async ({ ctx, params: { uid }, caller, file }) => {
      const { accountId } = await openDecision(deps, ctx, { uid, caller });
      const adding = deps.vault.avatars.add({ accountId, content: pictureOf(file) });
      return orSentBefore(uid, AVATAR_CLAIM, adding);
    },
  });
}

function addingUsername(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: `/interaction/{uid}/add/${USERNAME_CLAIM}`,
    form: Type.Object({ value: Type.String({ minLength: 1, maxLength: 1_000 }) }),
    limit: { points: 30, perSeconds: 300 },
    show: async ({ ctx, params: { uid }, caller, formErrors, formValues }) => {
      const { interaction } = await openDecision(deps, ctx, { uid, caller });
      const detour = freshProof(deps, { caller, next: addValuePath(uid, USERNAME_CLAIM) });
      if (detour !== null) return detour;
      return render(addUsernamePage, {
        ...frameOf(interaction),
        isForConsent: true,
        value: typedText(formValues, 'value'),
        formErrors,
      });
    },
    submit: async ({ ctx, params: { uid }, caller, form: { value } }) => {
      const { accountId } = await openDecision(deps, ctx, { uid, caller });
      const detour = freshProof(deps, { caller, next: addValuePath(uid, USERNAME_CLAIM) });
      if (detour !== null) return detour;
      const adding = deps.vault.addAttribute({ accountId, claim: USERNAME_CLAIM, value });
      return orSentBefore(uid, USERNAME_CLAIM, adding);
    },
  });
}

/** Leads back to the decision, also when the same form was sent before. */
async function orSentBefore(
  uid: string,
  claim: typeof AVATAR_CLAIM | typeof USERNAME_CLAIM,
  adding: Promise<unknown>,
): Promise<ActionResult> {
  await adding.catch((error: unknown) => {
    if (!isAppError(error, 'value_exists')) throw error;
  });
  return redirect(consentPath(uid), success(`interactions:addValue.${claim}.done`));
}
