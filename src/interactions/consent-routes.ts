import {
  ConsentForm,
  consentPage,
  decisionOn,
  parseConsentForm,
  presentConsent,
  presentPreview,
  type ConsentPageModel,
} from '../consents/http.ts';
import type { Consents } from '../consents/index.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import {
  type FormErrors,
  type FormValues,
  pageRoute,
  render,
  type PageResult,
} from '../http/routing/page-route.ts';
import { toConsentRequest } from '../oidc/index.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import { finishInteraction, refusal } from './finish-interaction.ts';
import { hostOf } from './interaction-views.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';

interface ShowOptions {
  readonly locale: string;
  readonly formErrors?: FormErrors;
  readonly formValues?: FormValues;
}

/** The person's decision. The request is read from the interaction, never from the form. */
export function consentRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    pageRoute({
      ...INTERACTION_PAGE,
      method: 'post',
      path: '/interaction/{uid}/consent',
      form: ConsentForm,
      handle: async ({ ctx, params, form, formErrors, formValues, request: { locale } }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        if (formErrors) return showConsent(deps, interaction, { locale, formErrors, formValues });

        if (form.decision === 'preview')
          return showConsent(deps, interaction, { locale, formValues });

        const { accountId, request, prompt, text } = await readPage(deps, interaction, { locale });
        const parsed = parseConsentForm(form, prompt);
        if (parsed.kind === 'deny') {
          await deps.consents.deny({ accountId, clientId: request.client.id });
          return finishInteraction(deps, ctx, refusal());
        }
        if (parsed.kind === 'stop') {
          await deps.consents.deny({ accountId, clientId: request.client.id });
          await deps.consents.withdraw({ accountId, clientId: request.client.id, text });
          return finishInteraction(deps, ctx, refusal());
        }
        try {
          await deps.consents.decide({
            accountId,
            request,
            decision: parsed.decision,
            locale,
            text,
            pageId: interaction.uid,
          });
        } catch (error) {
          if (!isAppError(error, 'essential_refused')) throw error;
          await deps.consents.deny({ accountId, clientId: request.client.id });
          return finishInteraction(deps, ctx, refusal());
        }
        return finishInteraction(deps, ctx, { consent: {} });
      },
    }),
  ];
}

type PageDeps = Pick<InteractionsContext, 'consents' | 'previewAnswers' | 'words'>;

/** The consent page for the signed-in person. */
export async function showConsent(
  deps: PageDeps,
  interaction: OpenInteraction,
  options: ShowOptions,
): Promise<PageResult> {
  const { accountId, request, model } = await readPage(deps, interaction, options);
  const preview = await previewOf(deps, { accountId, request, decision: decisionOn(model) });
  return render(consentPage, { ...model, preview });
}

/** The page as it is now, with the text that a receipt stores. */
async function readPage(
  { consents, words }: PageDeps,
  interaction: OpenInteraction,
  { locale, ...typed }: ShowOptions,
) {
  const { accountId, request } = requireDecider(interaction);
  const described = await consents.describe({ accountId, request, locale });
  const place = {
    action: `/interaction/${interaction.uid}/consent`,
    switchHref: `/interaction/${interaction.uid}/sign-in`,
    redirectHost: hostOf(interaction.parameters.redirect_uri),
    ...typed,
  };
  return { accountId, request, ...presentConsent(described, place, { words, locale }) };
}

/** The values that the app would receive after this decision; null when it cannot be allowed. */
async function previewOf(
  { consents, previewAnswers }: Pick<InteractionsContext, 'consents' | 'previewAnswers'>,
  input: Parameters<Consents['draft']>[0],
): Promise<ConsentPageModel['preview']> {
  const { accountId, request } = input;
  try {
    const draft = await consents.draft(input);
    return presentPreview(await previewAnswers({ accountId, clientId: request.client.id, draft }));
  } catch (error) {
    if (isAppError(error) && error.kind !== 'unavailable') return null;
    throw error;
  }
}

/** Only a signed-in person can decide, so the sign-in has to be completed before this page is shown. */
function requireDecider(interaction: OpenInteraction) {
  const { accountId, client, parameters, prompt } = interaction;
  if (accountId === null || prompt !== 'consent') {
    throw new AppError('gone', 'interaction_expired');
  }
  return { accountId, request: toConsentRequest(client, parameters) };
}
