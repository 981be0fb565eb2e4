import { ClientParams, toAppLine, type AppLine } from '../clients/http.ts';
import type { Client, Clients } from '../clients/index.ts';
import { page } from '../http/pages/page.ts';
import { pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import { presentPreview, type PreviewModel } from '../consents/http.ts';
import { REFUSE, type ConsentRequest, type Consents } from '../consents/index.ts';
import type { PreviewAnswers } from './preview-answers.ts';

interface AppPreviewRoutesDeps {
  readonly clients: Pick<Clients, 'findManaged'>;
  readonly consents: Pick<Consents, 'describe' | 'draft' | 'find'>;
  readonly previewAnswers: PreviewAnswers;
}

/** The answers to an app about the account of its developer. */
interface AppPreviewModel {
  readonly app: AppLine;
  /**
   * `real`: the values that this account shares with the app; `everything`: all default values, as if they were shared;
   * `impossible`: a required value is missing.
   */
  readonly basis: 'real' | 'everything' | 'impossible';
  readonly preview: PreviewModel;
  /** Titles of the claims that the app needs and this account does not have. */
  readonly missing: readonly string[];
}

export const appPreviewPage = page<AppPreviewModel>('connected-apps/app-preview.njk');

/**
 * Shows developers the exact answers to their app, made by the code that answers it, and for their own account only: values of
 * other people are never shown here.
 */
export function appPreviewRoutes(deps: AppPreviewRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/developer/apps/{clientId}/preview',
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller, request }) => {
        const client = await deps.clients.findManaged({
          clientId: params.clientId,
          manager: caller,
        });
        const { accountId } = caller;
        const { locale } = request;
        return render(appPreviewPage, await previewFor(deps, { client, accountId, locale }));
      },
    }),
  ];
}

async function previewFor(
  deps: AppPreviewRoutesDeps,
  input: { readonly client: Client; readonly accountId: string; readonly locale: string },
): Promise<AppPreviewModel> {
  const { client, accountId, locale } = input;
  const key = { accountId, clientId: client.id };
  const app = toAppLine(client);
  if ((await deps.consents.find(key)) !== null) {
    const preview = presentPreview(await deps.previewAnswers(key));
    return { app, basis: 'real', preview, missing: [] };
  }
  const request: ConsentRequest = { client, scopes: client.scopes, claims: [], resources: [] };
  const { items } = await deps.consents.describe({ accountId, request, locale });
  const claims = Object.fromEntries(
    items.map(({ claim, options }) => [claim, options[0]?.attributeId ?? REFUSE]),
  );
  const missing = items.filter(({ options }) => options.length === 0).map(({ title }) => title);
  try {
    const draft = await deps.consents.draft({ accountId, request, decision: { claims } });
    const preview = presentPreview(await deps.previewAnswers({ ...key, draft }));
    return { app, basis: 'everything', preview, missing };
  } catch (error) {
    if (!isAppError(error, 'essential_refused')) throw error;
    return { app, basis: 'impossible', preview: { userinfo: null, idToken: null }, missing };
  }
}
