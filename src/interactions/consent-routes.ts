import {
  answersOn,
  ConsentForm,
  consentPage,
  type Consents,
  parseConsentForm,
  type ConsentPageModel,
  presentConsent,
  questionAsShown,
  type Words,
} from '../consents/index.ts';
import { presentPreview } from '../consents/http.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import {
  type FormErrors,
  type FormValues,
  pageRoute,
  render,
  type PageResult,
} from '../http/routing/page-route.ts';
import { toAuthorizationAsk, type Protocol } from '../oidc/index.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import type { Vault } from '../vault/index.ts';
import { type FinishDeps, finishInteraction, refusal } from './finish-interaction.ts';
import { hostOf } from './interaction-views.ts';
import {
  openInteraction,
  type OpenInteraction,
  type OpenInteractionDeps,
} from './open-interaction.ts';
import { InteractionParams } from './interaction-path-schema.ts';

export interface ConsentRoutesDeps extends OpenInteractionDeps, FinishDeps {
  readonly consents: Consents;
  readonly vault: Vault;
  readonly previewAnswers: Protocol['previewAnswers'];
  /** For the receipt, which contains the text of the page. */
  readonly words: Words;
}

interface ShowOptions {
  readonly locale: string;
  readonly formErrors?: FormErrors;
  readonly formValues?: FormValues;
}

/** The person's decision. The question comes from the interaction, never from the form. */
export function consentRoutes(deps: ConsentRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'post',
      path: '/interaction/{uid}/consent',
      access: 'public',
      params: InteractionParams,
      form: ConsentForm,
      handle: async ({ ctx, params, form, formErrors, formValues, request }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        const { locale } = request;
        if (formErrors) return showConsent(deps, interaction, { locale, formErrors, formValues });

        if (form.decision === 'preview')
          return showConsent(deps, interaction, { locale, formValues });

        const { accountId, ask } = requireDecider(interaction);
        const described = await deps.consents.describe({ accountId, ask, locale });
        const { question, text } = questionAsShown(described, { words: deps.words, locale });
        const decision = parseConsentForm(form, question);
        if (decision.kind === 'deny') {
          await deps.consents.deny({ accountId, clientId: ask.client.id });
          return finishInteraction(deps, ctx, refusal());
        }
        if (decision.kind === 'stop') {
          await deps.consents.deny({ accountId, clientId: ask.client.id });
          await deps.consents.withdraw({ accountId, clientId: ask.client.id, text });
          return finishInteraction(deps, ctx, refusal());
        }
        try {
          await deps.consents.decide({ accountId, ask, answers: decision.answers, locale, text });
        } catch (error) {
          if (!isAppError(error, 'essential_refused')) throw error;
          await deps.consents.deny({ accountId, clientId: ask.client.id });
          return finishInteraction(deps, ctx, refusal());
        }
        return finishInteraction(deps, ctx, { consent: {} });
      },
    }),
  ];
}

/** The consent page for the signed-in person. */
export async function showConsent(
  deps: Pick<ConsentRoutesDeps, 'consents' | 'previewAnswers' | 'words'>,
  interaction: OpenInteraction,
  options: ShowOptions,
): Promise<PageResult> {
  const { accountId, ask } = requireDecider(interaction);
  const { locale, ...typed } = options;
  const described = await deps.consents.describe({ accountId, ask, locale });
  const { question } = questionAsShown(described, { words: deps.words, locale });
  const model = presentConsent(question, {
    action: `/interaction/${interaction.uid}/consent`,
    switchHref: `/interaction/${interaction.uid}/sign-in`,
    redirectHost: hostOf(interaction.parameters.redirect_uri),
    ...typed,
  });
  const preview = await previewOf(deps, { accountId, ask, answers: answersOn(model) });
  const shown = { ...model, preview };
  return render(consentPage, shown, options.formErrors ? { status: 422 } : {});
}

/** The values that the app would receive after these answers; null when they cannot be allowed. */
async function previewOf(
  { consents, previewAnswers }: Pick<ConsentRoutesDeps, 'consents' | 'previewAnswers'>,
  input: Parameters<Consents['draft']>[0],
): Promise<ConsentPageModel['preview']> {
  const { accountId, ask } = input;
  try {
    const draft = await consents.draft(input);
    return presentPreview(await previewAnswers({ accountId, clientId: ask.client.id, draft }));
  } catch (error) {
    if (isAppError(error) && error.kind !== 'unavailable') return null;
    throw error;
  }
}

/** Only a person who is signed in can decide; before that the page shows nothing (the step before has to be finished first). */
function requireDecider(interaction: OpenInteraction) {
  const { accountId, client, parameters, prompt } = interaction;
  if (accountId === null || prompt !== 'consent') {
    throw new AppError('gone', 'interaction_expired');
  }
  return { accountId, ask: toAuthorizationAsk(client, parameters) };
}
