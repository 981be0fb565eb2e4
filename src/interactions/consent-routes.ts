import { Type } from 'typebox';

import {
  ConsentForm,
  consentPage,
  decisionOn,
  parseConsentForm,
  presentConsent,
  presentPreviewRows,
  type ConsentPageModel,
} from '../consents/http.ts';
import type { Consents } from '../consents/index.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import {
  type FormErrors,
  formPage,
  type FormValues,
  redirect,
  render,
  type PageResult,
} from '../http/routing/page-route.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { isAppError } from '../platform/app-error.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import { createConsentDrafts } from './consent-draft.ts';
import { isForConsent, requireDecider } from './decider.ts';
import { finishInteraction, refusal } from './finish-interaction.ts';
import { hostOf } from './interaction-views.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { addValuePath, stepsTo, valueToAdd } from './value-step.ts';
import type { InteractionsContext } from './context.ts';

interface ShowOptions {
  readonly locale: string;
  readonly formErrors?: FormErrors | null;
  /** Default: the choices that were kept while a value was added. */
  readonly formValues?: FormValues;
  /** Shows the answers to the app for the choices. */
  readonly isPreviewing?: boolean;
}

/** The person's decision. The request is read from the interaction, never from the form. */
export function consentRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  const drafts = createConsentDrafts(deps);
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/consent',
    query: Type.Object({ preview: Type.Optional(Type.Literal('1')) }),
    form: ConsentForm,
    show: async ({ ctx, params, query, formErrors, formValues, request: { locale } }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      if (formErrors) return showConsent(deps, interaction, { locale, formErrors, formValues });
      if (!isForConsent(interaction)) return redirect(sitePath`/interaction/${params.uid}`);
      const isPreviewing = query.preview !== undefined;
      return showConsent(deps, interaction, { locale, isPreviewing });
    },
    submit: async ({ ctx, params: { uid }, form, formValues, request: { locale } }) => {
      const interaction = await openInteraction(deps, ctx, uid);
      if (form.decision === 'preview') {
        drafts.keep(uid, formValues);
        return redirect(sitePath`/interaction/${uid}/consent?preview=1#preview`);
      }
      const page = await readPage(deps, interaction, { locale, formValues });
      const wanted = valueToAdd(form.decision);
      if (wanted !== null) {
        drafts.keep(uid, formValues);
        return redirect(addValuePath(uid, wanted));
      }
      try {
        const pageId = `${uid} ${fingerprint(JSON.stringify(form)).toString('base64url')}`;
        const result = await answer(deps, page, { form, locale, pageId });
        drafts.remove(uid);
        return await finishInteraction(deps, ctx, result);
      } catch (error) {
        const step = stepsTo(error, deps)[0];
        if (step === undefined) throw error;
        drafts.keep(uid, formValues);
        return redirect(addValuePath(uid, step));
      }
    },
  });
}

/** Carries out the answer of the form. @returns the result of the interaction. */
async function answer(
  { consents }: InteractionsContext,
  { uid, accountId, request, prompt, text }: Awaited<ReturnType<typeof readPage>>,
  {
    form,
    locale,
    pageId,
  }: { readonly form: FormValues; readonly locale: string; readonly pageId: string },
) {
  const key = { accountId, clientId: request.client.id };
  // The same form again, for example after an outage: the page has changed by its own decision.
  const decided =
    form['seen'] === prompt.version ? null : await consents.findDecided({ ...key, pageId });
  if (decided !== null) return { consent: { id: decided.id, version: decided.version } };
  const parsed = parseConsentForm(form, prompt);
  if (parsed.kind !== 'allow') {
    await consents.deny({ ...key, requestId: uid });
    if (parsed.kind === 'stop') await consents.withdraw({ ...key, text });
    return refusal();
  }
  const { decision, added } = parsed;
  const addedIds = await consents.addMissingValues({ accountId, request, values: added });
  const claims = { ...decision.claims, ...addedIds };
  try {
    const { id, version } = await consents.decide({
      accountId,
      request,
      decision: { ...decision, claims },
      locale,
      text,
      pageId,
    });
    return { consent: { id, version } };
  } catch (error) {
    if (!isAppError(error, 'essential_refused')) throw error;
    await consents.deny({ ...key, requestId: uid });
    return refusal();
  }
}

type PageDeps = Pick<
  InteractionsContext,
  'clock' | 'consents' | 'previewAnswers' | 'sms' | 'transientSealer' | 'words'
>;

/** The consent page for the signed-in person. */
export async function showConsent(
  deps: PageDeps,
  interaction: OpenInteraction,
  options: ShowOptions,
): Promise<PageResult> {
  const { accountId, request, model } = await readPage(deps, interaction, options);
  if (!model.isPreviewing) return render(consentPage, model);
  const preview = await previewOf(deps, model, {
    accountId,
    request,
    decision: decisionOn(model),
  });
  return render(consentPage, { ...model, preview });
}

/** The page as it is now, with the text that a receipt stores. */
async function readPage(
  deps: PageDeps,
  interaction: OpenInteraction,
  { locale, formErrors, formValues, isPreviewing = false }: ShowOptions,
) {
  const { accountId, request } = requireDecider(interaction);
  const { uid, parameters } = interaction;
  const redirectUri = parameters.redirect_uri;
  const described = await deps.consents.describe({ accountId, request, locale, redirectUri });
  const place = {
    action: `/interaction/${uid}/consent`,
    switchHref: `/interaction/${uid}/sign-in`,
    redirectHost: hostOf(redirectUri),
    hasSms: deps.sms.isOn,
    formErrors: formErrors ?? null,
    formValues: formValues ?? createConsentDrafts(deps).read(uid),
    isPreviewing,
  };
  const { words } = deps;
  return { uid, accountId, request, ...presentConsent(described, place, { words, locale }) };
}

/** The values that the app would receive after this decision; null when it cannot be allowed. */
async function previewOf(
  { consents, previewAnswers }: Pick<InteractionsContext, 'consents' | 'previewAnswers'>,
  { items, earlierItems }: ConsentPageModel,
  input: Parameters<Consents['draft']>[0],
): Promise<ConsentPageModel['preview']> {
  const { accountId, request } = input;
  try {
    const draft = await consents.draft(input);
    const answers = await previewAnswers({ accountId, clientId: request.client.id, draft });
    return presentPreviewRows(answers, [...items, ...earlierItems]);
  } catch (error) {
    if (isAppError(error) && error.kind !== 'unavailable') return null;
    throw error;
  }
}
