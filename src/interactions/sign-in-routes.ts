import { Type } from 'typebox';

import type { AnyRoute } from '../http/routing/route.ts';
import {
  type ActionResult,
  formPage,
  pageRoute,
  redirect,
  render,
  typedText,
  type PageResult,
} from '../http/routing/page-route.ts';
import { defaultEmail, displayName } from '../vault/index.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { createSealedCookies } from '../platform/keys/sealed-cookies.ts';
import { type AppError, isAppError } from '../platform/app-error.ts';
import { finishInteraction, refusal } from './finish-interaction.ts';
import { finishSignIn, isFreshProof, requiredProof } from './finish-sign-in.ts';
import { choosePage, frameOf, signInPage, type SignInModel } from './interaction-views.ts';
import { confirmPath } from './code-step.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';

const SignInForm = Type.Object({
  identifier: Type.String({ minLength: 1, maxLength: 254 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
  remember: Type.Optional(Type.Literal('yes')),
});

/** Signing in, switching and cancelling. */
export function signInRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...passwordRoutes(deps), ...choosingRoutes(deps)];
}

function passwordRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/sign-in',
    form: SignInForm,
    limit: { points: 60, perSeconds: 60 },
    query: Type.Object({ tried: Type.Optional(Type.Literal('wrong')) }),
    show: async ({ ctx, params, query, formErrors, formValues }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      const typed = typedText(formValues, 'identifier');
      if (formErrors) return showSignIn(deps, interaction, { identifier: typed, formErrors });
      if (query.tried === undefined) return showSignIn(deps, interaction, {});
      const kept = createSealedCookies(deps).read(triedAt(params.uid)) as Tried | undefined;
      return showSignIn(deps, interaction, {
        identifier: kept?.identifier ?? '',
        formErrors: WRONG,
      });
    },
    submit: async ({ ctx, params, form: { identifier, password, remember }, request }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      const { deviceId, network: ip } = request;
      try {
        const signingIn = { identifier, password, deviceId, ip, interactionUid: params.uid };
        const required = requiredProof(interaction);
        const outcome = await deps.authentication.signIn({ ...signingIn, required });
        if (outcome.status === 'email_unconfirmed') {
          return redirect(confirmPath({ ...params, reference: outcome.registrationId }));
        }
        const isRemembered = remember === 'yes';
        return await finishSignIn(deps, ctx, { interaction, outcome, isRemembered, request });
      } catch (error) {
        if (isAppError(error, 'sign_in_failed'))
          return afterWrong(deps, params.uid, { identifier });
        throw isAppError(error) && !isForPageHandler(error) ? error.at('form') : error;
      }
    },
  });
}

const TRIED_SECONDS = 600;
const WRONG = { form: 'sign_in_failed' };

type Tried = Pick<SignInModel, 'identifier'>;

function triedAt(uid: string) {
  return { name: 'tried-name', path: sitePath`/interaction/${uid}/sign-in`, id: uid };
}

/** A wrong password is counted, so a reload of the answer must not send it again. The page of the answer keeps the name. */
function afterWrong(
  deps: Parameters<typeof createSealedCookies>[0],
  uid: string,
  tried: Tried,
): ActionResult {
  createSealedCookies(deps).write(triedAt(uid), tried, TRIED_SECONDS);
  return redirect(sitePath`/interaction/${uid}/sign-in?tried=wrong`);
}

function choosingRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    ...formPage({
      ...INTERACTION_PAGE,
      path: '/interaction/{uid}/choose',
      show: async ({ ctx, params }) =>
        showChoose(deps, await openInteraction(deps, ctx, params.uid)),
      submit: async ({ ctx, params }) => {
        await openInteraction(deps, ctx, params.uid);
        return finishInteraction(deps, ctx, { select_account: {} });
      },
    }),

    pageRoute({
      ...INTERACTION_PAGE,
      method: 'post',
      path: '/interaction/{uid}/cancel',
      handle: async ({ ctx, params }) => {
        await openInteraction(deps, ctx, params.uid);
        return finishInteraction(deps, ctx, refusal());
      },
    }),
  ];
}

type SignInState = Partial<Pick<SignInModel, 'identifier' | 'formErrors'>>;

/** The sign-in page: for a person who is not signed in, for a fresh proof of the one who is, or for another account. */
export async function showSignIn(
  { vault }: Pick<InteractionsContext, 'vault'>,
  interaction: OpenInteraction,
  state: SignInState,
): Promise<PageResult> {
  const { accountId, parameters, prompt } = interaction;
  const isFresh = isFreshProof(interaction);
  const known =
    isFresh && accountId !== null
      ? defaultEmail(await vault.recentAttributes(accountId))
      : undefined;
  const model: SignInModel = {
    ...frameOf(interaction),
    identifier: state.identifier ?? known ?? parameters.login_hint ?? '',
    purpose: isFresh ? 'fresh_proof' : accountId === null ? 'sign_in' : 'switch',
    canStay: accountId !== null && prompt !== 'login',
    formErrors: state.formErrors ?? null,
  };
  return render(signInPage, model, state.formErrors === WRONG ? { status: 422 } : {});
}

/** The page on which the person continues with the account that is signed in, or chooses another one. */
export async function showChoose(
  deps: Pick<InteractionsContext, 'vault'>,
  interaction: OpenInteraction,
): Promise<PageResult> {
  if (interaction.accountId === null) return showSignIn(deps, interaction, {});
  const signedInAs = displayName(await deps.vault.recentAttributes(interaction.accountId));
  return render(choosePage, { ...frameOf(interaction), signedInAs });
}

/** Outages and limits have their own statuses, and an ended interaction has no form to show again. */
function isForPageHandler({ kind, code }: AppError): boolean {
  return kind === 'unavailable' || kind === 'too_many' || code === 'interaction_expired';
}
