import { Type } from 'typebox';

import type { Claims } from '../claims/index.ts';
import { ClientParams } from '../clients/http.ts';
import {
  type ActionResult,
  formPage,
  formAction,
  pageRoute,
  redirect,
  render,
  success,
  type PageResult,
} from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { NameParam } from '../http/routing/path-parameters.ts';
import { isAppError } from '../platform/app-error.ts';
import { REVOCATION_BOUND_SECONDS, type Tokens } from '../tokens/index.ts';
import { DURATIONS, type Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import { sitePath } from '../http/pages/site-path.ts';
import type { Reader } from '../receipts/http.ts';
import type { ConsentText } from '../receipts/index.ts';
import type { Scopes } from '../scopes/index.ts';
import { ConnectedItemParams } from './connected-app-schema.ts';
import {
  appHref,
  connectedAppsPage,
  presentConnectedApps,
  type EndingTime,
} from './app-list-views.ts';
import {
  connectedAppPage,
  endAppPage,
  presentConnectedApp,
  presentEndApp,
  presentItemText,
  type OpenForms,
} from './connected-app-views.ts';
import { formerAppPage, presentFormerApp } from './former-app-views.ts';
import type { ConnectedApps } from './index.ts';
import type { PreviewAnswers } from './preview-answers.ts';

export interface ConnectedAppRoutesDeps {
  readonly connectedApps: ConnectedApps;
  readonly consents: Pick<Consents, 'changeItem' | 'resume' | 'withdraw' | 'history'>;
  readonly clients: Pick<Clients, 'find'>;
  readonly scopes: Pick<Scopes, 'claims'>;
  readonly tokens: Pick<Tokens, 'revocationRounds'>;
  readonly previewAnswers: PreviewAnswers;
  readonly claims: Pick<Claims, 'recordTokenRead'>;
  /** For receipts, which contain the text of the page. */
  readonly words: Reader['words'];
}

async function endingTime({ tokens }: Pick<ConnectedAppRoutesDeps, 'tokens'>): Promise<EndingTime> {
  const last = await tokens.revocationRounds.last();
  return {
    boundSeconds: REVOCATION_BOUND_SECONDS,
    lastMilliseconds: last === null ? null : Math.round(last.seconds * 1000),
    measuredAt: last?.finishedAt ?? null,
  };
}

const ON_APP = { access: 'person', params: ClientParams } as const;
const MOST_DECISIONS = 20;

type ReadInput = Parameters<ConnectedApps['read']>[0];

const ItemForm = Type.Object({
  choice: Type.String({ minLength: 1, maxLength: 64 }),
  duration: Type.Optional(Type.Union(DURATIONS.map((duration) => Type.Literal(duration)))),
});

/** The pages on which a person sees, changes and ends the access of apps. */
export function connectedAppRoutes(deps: ConnectedAppRoutesDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), changingRoute(deps), resumingRoute(deps), ...endingRoutes(deps)];
}

function readingRoutes(deps: ConnectedAppRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/account/apps',
      access: 'person',
      query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })) }),
      handle: async ({ caller: { accountId }, query, request: { locale } }) => {
        const [apps, former, checkUp, claims, ending] = await Promise.all([
          deps.connectedApps.list(accountId),
          deps.connectedApps.listFormer(accountId),
          deps.connectedApps.checkUpTimes(accountId),
          deps.scopes.claims(),
          endingTime(deps),
        ]);
        const context = { claims, locale, ending, isCheckUpDue: checkUp.isDue };
        const model = presentConnectedApps({ apps, former, query: query.q ?? '', ...context });
        return render(connectedAppsPage, model);
      },
    }),
    pageRoute({
      ...ON_APP,
      method: 'get',
      path: '/account/apps/{clientId}',
      // A claim of which the person has just added a value for this app.
      query: Type.Object({ offer: Type.Optional(NameParam) }),
      handle: ({ caller: { accountId }, params: { clientId }, query, request: { locale } }) =>
        showApp(deps, { accountId, clientId, locale }, { offered: query.offer ?? null }),
    }),
  ];
}

function changingRoute(deps: ConnectedAppRoutesDeps): AnyRoute {
  return formAction({
    path: '/account/apps/{clientId}/items/{claim}',
    access: 'person',
    params: ConnectedItemParams,
    form: ItemForm,
    limit: { points: 60, perSeconds: 60 },
    show: ({ caller: { accountId }, params, request: { locale }, formErrors, formValues }) => {
      const { clientId, claim } = params;
      const refused = { claim, formErrors, formValues };
      return showApp(deps, { accountId, clientId, locale }, { refused });
    },
    submit: async ({ caller: { accountId }, params, request: { locale }, form }) => {
      const { clientId, claim } = params;
      try {
        await deps.consents.changeItem({
          accountId,
          clientId,
          claim,
          choice: form.choice,
          ...(form.duration === undefined ? {} : { duration: form.duration }),
          locale,
          text: await textOfChange(deps, { accountId, clientId, locale }, claim),
        });
      } catch (error) {
        if (isAppError(error, 'essential_needs_end')) {
          return redirect(sitePath`/account/apps/${clientId}/end`);
        }
        return orPageOfApp(error, clientId);
      }
      return redirect(appHref(clientId), success('connected-apps:flash.changed'));
    },
  });
}

function resumingRoute(deps: ConnectedAppRoutesDeps): AnyRoute {
  return pageRoute({
    ...ON_APP,
    method: 'post',
    path: '/account/apps/{clientId}/resume',
    handle: async ({ caller, params, request }) => {
      const { clientId } = params;
      const key = { accountId: caller.accountId, clientId };
      try {
        await deps.consents.resume({ ...key, locale: request.locale });
      } catch (error) {
        return orPageOfApp(error, clientId);
      }
      return redirect(appHref(clientId), success('connected-apps:flash.resumed'));
    },
  });
}

function endingRoutes(deps: ConnectedAppRoutesDeps): readonly AnyRoute[] {
  return formPage({
    ...ON_APP,
    path: '/account/apps/{clientId}/end',
    show: async ({ caller: { accountId }, params: { clientId }, request: { locale } }) => {
      try {
        const app = await deps.connectedApps.read({ accountId, clientId, locale });
        return render(endAppPage, presentEndApp(app, { words: deps.words, locale }).model);
      } catch (error) {
        return orPageOfApp(error, clientId);
      }
    },
    submit: async ({ caller: { accountId }, params: { clientId }, request: { locale } }) => {
      const client = await deps.clients.find(clientId);
      const name = client?.name ?? clientId;
      const { text } = presentEndApp({ clientId, name }, { words: deps.words, locale });
      await deps.consents.withdraw({ accountId, clientId, text });
      return redirect(appHref(clientId), success('connected-apps:flash.ended', { app: name }));
    },
  });
}

/** The text of the page about the answer that is changed. */
async function textOfChange(
  deps: ConnectedAppRoutesDeps,
  input: ReadInput,
  claim: string,
): Promise<ConsentText | null> {
  const { name: appName, items } = await deps.connectedApps.read(input);
  const item = items.find((known) => known.claim === claim);
  if (item === undefined) return null;
  return presentItemText(item, appName, { words: deps.words, locale: input.locale }).text;
}

/** The access has ended in the meantime: the page of the app states that. */
function orPageOfApp(error: unknown, clientId: string): ActionResult {
  if (!isAppError(error, 'consent_not_found')) throw error;
  return redirect(appHref(clientId));
}

async function showApp(
  deps: ConnectedAppRoutesDeps,
  input: ReadInput,
  { refused = null, offered = null }: Partial<OpenForms>,
): Promise<PageResult> {
  const { accountId, clientId, locale } = input;
  const claims = await deps.scopes.claims();
  const app = await findApp(deps, input);
  if (app === null) {
    const former = await deps.connectedApps.readFormer({ accountId, clientId });
    return render(formerAppPage, presentFormerApp(former, { claims, locale }));
  }
  const [preview, reads, events] = await Promise.all([
    deps.previewAnswers({ accountId, clientId }),
    deps.connectedApps.latestReads({ accountId, clientId }),
    deps.consents.history({ accountId, clientId, limit: MOST_DECISIONS }),
  ]);
  const reader = { words: deps.words, locale };
  return render(
    connectedAppPage,
    presentConnectedApp({ app, preview, reads, events, claims, reader, refused, offered }),
  );
}

/** Null: the app has no access now. */
async function findApp({ connectedApps }: ConnectedAppRoutesDeps, input: ReadInput) {
  try {
    return await connectedApps.read(input);
  } catch (error) {
    if (!isAppError(error, 'consent_not_found')) throw error;
    return null;
  }
}
