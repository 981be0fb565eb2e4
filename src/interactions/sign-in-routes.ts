import { Type } from 'typebox';

import type { AnyRoute } from '../http/routing/route.ts';
import {
  formPage,
  pageRoute,
  redirect,
  render,
  typedText,
  type PageResult,
} from '../http/routing/page-route.ts';
import { displayName, isSignInName } from '../vault/index.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import { currentRequest } from '../platform/request-context.ts';
import { finishInteraction, refusal } from './finish-interaction.ts';
import { finishSignIn, isFreshProof, requiredProof } from './finish-sign-in.ts';
import { choosePage, frameOf, signInPage, type SignInModel } from './interaction-views.ts';
import { confirmPath } from './code-step.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';
import { findTypedName, keepTypedName } from './typed-name.ts';

const SignInForm = Type.Object({
  identifier: Type.String({ minLength: 1, maxLength: 254 }),
  /** Absent on the page of the name, unless a password manager fills both in. */
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  remember: Type.Optional(Type.Literal('yes')),
  /** Sent by the page of the password. */
  step: Type.Optional(Type.Literal('password')),
});

/** Signing in, isSignedIn and cancelling. */
export function signInRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...nameAndPassword(deps), passwordPage(deps), ...choosingRoutes(deps)];
}

/** The page of the name, and the form of both pages. The name is not looked up before there is a proof. */
function nameAndPassword(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/sign-in',
    form: SignInForm,
    limit: { points: 60, perSeconds: 60 },
    query: Type.Object({ name: Type.Optional(Type.Literal('other')) }),
    show: async ({ ctx, params, query, formErrors, formValues }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      if (query.name === 'other' && formErrors === null)
        return showSignIn(deps, interaction, { step: 'name', identifier: '' });
      if (formErrors === null) return showSignIn(deps, interaction, {});
      const typed = (name: string) => typedText(formValues, name);
      const isAboutName = formErrors['identifier'] !== undefined;
      const wasSent = typed('password') !== '' || typed('step') !== '';
      const step = wasSent && !isAboutName ? 'password' : 'name';
      return showSignIn(deps, interaction, { step, identifier: typed('identifier'), formErrors });
    },
    submit: async ({ ctx, params: { uid }, form, request }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      const { identifier, password, remember, step } = form;
      const isRemembered = remember === 'yes';
      keepTypedName(deps, uid, { identifier, isRemembered });
      if (password === undefined && step === undefined) return redirect(passwordPath(uid));
      if (password === undefined) throw new AppError('invalid', 'value_required').at('password');
      const { deviceId, network: ip } = request;
      try {
        const signingIn = { identifier, password, deviceId, ip, interactionUid: uid };
        const required = requiredProof(interaction);
        const outcome = await deps.authentication.signIn({ ...signingIn, required });
        if (outcome.status === 'email_unconfirmed')
          return redirect(confirmPath({ uid, reference: outcome.registrationId }));
        return await finishSignIn(deps, ctx, { interaction, outcome, isRemembered, request });
      } catch (error) {
        // A wrong password is counted, so a reload of the answer must not send it again.
        if (isAppError(error, 'sign_in_failed'))
          return redirect(sitePath`/interaction/${uid}/sign-in/password?tried=wrong`);
        throw isAppError(error) && !isForPageHandler(error) ? error.at('form') : error;
      }
    },
  });
}

const WRONG = { form: 'sign_in_failed' };

function passwordPath(uid: string) {
  return sitePath`/interaction/${uid}/sign-in/password`;
}

/** The page of the password, for the name that was typed. */
function passwordPage(deps: InteractionsContext): AnyRoute {
  return pageRoute({
    ...INTERACTION_PAGE,
    method: 'get',
    path: '/interaction/{uid}/sign-in/password',
    query: Type.Object({ tried: Type.Optional(Type.Literal('wrong')) }),
    handle: async ({ ctx, params: { uid }, query }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      const identifier = findTypedName(deps, uid)?.identifier;
      if (identifier === undefined) return redirect(sitePath`/interaction/${uid}/sign-in`);
      const formErrors = query.tried === undefined ? null : WRONG;
      return showSignIn(deps, interaction, { step: 'password', identifier, formErrors });
    },
  });
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

type SignInDeps = Pick<
  InteractionsContext,
  'authentication' | 'vault' | 'clock' | 'transientSealer'
>;
type SignInState = Partial<Pick<SignInModel, 'step' | 'identifier' | 'formErrors'>>;

/** The sign-in page: for a person who is not signed in, for a fresh proof of the one who is, or for another account. */
export async function showSignIn(
  deps: SignInDeps,
  interaction: OpenInteraction,
  state: SignInState,
): Promise<PageResult> {
  const { accountId, parameters, prompt, uid } = interaction;
  const { isRemembered = false, identifier: typed } = findTypedName(deps, uid) ?? {};
  const known = isFreshProof(interaction) ? await knownName(deps, accountId) : undefined;
  const { formErrors = null } = state;
  const model: SignInModel = {
    ...frameOf(interaction),
    // The name of the person who is signed in is known.
    step: state.step ?? (known === undefined ? 'name' : 'password'),
    identifier: [state.identifier, known, typed, parameters.login_hint].find(isText) ?? '',
    isRemembered,
    purpose: purposeOf(interaction, { typed: state.identifier, known }),
    canStay: accountId !== null && prompt !== 'login',
    passkey: await deps.authentication.startPasskeySignIn({
      deviceId: currentRequest()?.deviceId ?? null,
    }),
    formErrors,
  };
  return render(signInPage, model, formErrors === WRONG ? { status: 422 } : {});
}

/** Where a fresh proof is requested, the person may sign in as another one instead. */
function purposeOf(
  interaction: OpenInteraction,
  { typed, known }: { readonly typed: string | undefined; readonly known: string | undefined },
): SignInModel['purpose'] {
  const isOwnName = typed === undefined || known === undefined || typed === known;
  if (isFreshProof(interaction) && isOwnName) return 'fresh_proof';
  return interaction.accountId === null ? 'sign_in' : 'switch';
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

/** A name that the person who is signed in can sign in with: an e-mail if there is one. */
async function knownName(
  { vault }: Pick<InteractionsContext, 'vault'>,
  accountId: string | null,
): Promise<string | undefined> {
  if (accountId === null) return undefined;
  const names = (await vault.recentAttributes(accountId)).filter(isSignInName);
  const name = names.find(({ claim }) => claim === 'email') ?? names[0];
  return typeof name?.value === 'string' ? name.value : undefined;
}

/** The page on which the person continues with the account that is signed in, or chooses another one. */
export async function showChoose(
  deps: SignInDeps,
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
