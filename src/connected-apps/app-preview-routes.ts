import type { Client, Clients } from '../clients/index.ts';
import { page } from '../http/pages/page.ts';
import { pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import { presentPreview, type ConnectedAppModel } from './connected-app-views.ts';
import type { PreviewAnswers } from './connected-app-routes.ts';
import type { ConsentRequest } from '../consents/consent.ts';
import type { Consents } from '../consents/index.ts';
import { REFUSE } from '../consents/page/consent-prompt.ts';
import { ClientParams } from '../clients/http.ts';

export interface AppPreviewRoutesDeps {
  readonly clients: Pick<Clients, 'findManaged'>;
  readonly consents: Pick<Consents, 'describe' | 'draft' | 'find'>;
  readonly previewAnswers: PreviewAnswers;
}

/** The answers to an app about its developer. */
export interface AppPreviewModel {
  readonly app: { readonly id: string; readonly name: string };
  /** `real`: what this account shares with it; `everything`: if it shared every default value; `impossible`: it cannot. */
  readonly basis: 'real' | 'everything' | 'impossible';
  readonly preview: ConnectedAppModel['preview'];
  /** Titles of the claims that the app needs and this account does not have. */
  readonly missing: readonly string[];
}

export const appPreviewPage = page<AppPreviewModel>('consents/app-preview.njk', {
  app: { id: 'bookshop', name: 'Bookshop' },
  basis: 'everything',
  preview: {
    userinfo: JSON.stringify(
      { sub: 'a1', email: 'ana@example.org', email_verified: true },
      null,
      2,
    ),
    idToken: JSON.stringify({ sub: 'a1', aud: 'bookshop' }, null, 2),
  },
  missing: ['Phone'],
});

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

interface Looking {
  readonly client: Client;
  readonly accountId: string;
  readonly locale: string;
}

async function previewFor(
  deps: AppPreviewRoutesDeps,
  { client, accountId, locale }: Looking,
): Promise<AppPreviewModel> {
  const who = { accountId, clientId: client.id };
  const app = { id: client.id, name: client.name };
  if ((await deps.consents.find(who)) !== null) {
    const preview = presentPreview(await deps.previewAnswers(who));
    return { app, basis: 'real', preview, missing: [] };
  }
  const ask: ConsentRequest = { client, scopes: client.scopes, claims: [], resources: [] };
  const { items } = await deps.consents.describe({ accountId, ask, locale });
  const claims = Object.fromEntries(
    items.map(({ claim, options }) => [claim, options[0]?.attributeId ?? REFUSE]),
  );
  const missing = items.filter(({ options }) => options.length === 0).map(({ title }) => title);
  try {
    const draft = await deps.consents.draft({ accountId, ask, answers: { claims } });
    const preview = presentPreview(await deps.previewAnswers({ ...who, draft }));
    return { app, basis: 'everything', preview, missing };
  } catch (error) {
    if (!isAppError(error, 'essential_refused')) throw error;
    return { app, basis: 'impossible', preview: { userinfo: null, idToken: null }, missing };
  }
}
