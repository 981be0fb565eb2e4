import { Type } from 'typebox';

import { pageRoute, redirect, render, type PageResult } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import { REVOCATION_BOUND_SECONDS, type Tokens } from '../tokens/index.ts';
import {
  listConnectedApps,
  readConnectedApp,
  type ConnectedAppDeps,
  type ReadConnectedAppInput,
} from './connected-app.ts';
import {
  appHref,
  connectedAppPage,
  connectedAppsPage,
  endAppPage,
  presentConnectedApp,
  presentConnectedApps,
  presentEndApp,
  type ConnectedAppParts,
  type EndingTime,
} from './connected-app-views.ts';
import type { ConsentText } from '../receipts/index.ts';
import { changeItemText, endAppText, type Words } from '../consents/page/consent-text-views.ts';
import type { Consent } from '../consents/consent.ts';
import { DURATIONS } from '../consents/duration.ts';
import { ClientParams } from '../clients/http.ts';
import { ConnectedItemParams } from './connected-app-path-schema.ts';
import { sitePath } from '../http/pages/site-path.ts';

/** The present answers to an app; from `oidc/`, passed in by `app.ts`. Null: it is refused. */
export type PreviewAnswers = (input: {
  readonly accountId: string;
  readonly clientId: string;
  readonly draft?: Consent;
}) => Promise<{
  readonly userinfo: Readonly<Record<string, unknown>> | null;
  readonly idToken: Readonly<Record<string, unknown>> | null;
}>;

export interface ConnectedAppRoutesDeps extends ConnectedAppDeps {
  readonly tokens: Pick<Tokens, 'revocationRounds'>;
  readonly previewAnswers: PreviewAnswers;
  readonly claims: {
    /** Records a read by an app's token before it happens. */
    recordTokenRead(read: {
      readonly accountId: string;
      readonly clientId: string;
      readonly claims: readonly string[];
    }): Promise<void>;
  };
  /** For receipts, which contain the text of the page. */
  readonly words: Words;
}

async function endingTime({ tokens }: Pick<ConnectedAppRoutesDeps, 'tokens'>): Promise<EndingTime> {
  const last = await tokens.revocationRounds.last();
  return {
    boundSeconds: REVOCATION_BOUND_SECONDS,
    lastMilliseconds: last === null ? null : Math.round(last.seconds * 1000),
    measuredAt: last?.finishedAt ?? null,
  };
}

const SHOWN_DECISIONS = 20;

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
      handle: async ({ caller, query }) =>
        render(
          connectedAppsPage,
          presentConnectedApps(await listConnectedApps(deps, caller.accountId), {
            query: query.q ?? '',
            isCheckUpDue: (await deps.consents.checkUp(caller.accountId)).isDue,
            ending: await endingTime(deps),
          }),
        ),
    }),
    pageRoute({
      method: 'get',
      path: '/account/apps/{clientId}',
      access: 'person',
      params: ClientParams,
      handle: ({ caller, params, request }) =>
        showApp(deps, { ...caller, clientId: params.clientId, locale: request.locale }),
    }),
  ];
}

function changingRoute(deps: ConnectedAppRoutesDeps): AnyRoute {
  return pageRoute({
    method: 'post',
    path: '/account/apps/{clientId}/items/{claim}',
    access: 'person',
    params: ConnectedItemParams,
    form: ItemForm,
    limit: { points: 60, perSeconds: 60 },
    handle: async ({ caller, params, request, form, formErrors, formValues }) => {
      const { clientId, claim } = params;
      const { locale } = request;
      if (formErrors) {
        const failed = { claim, formErrors, formValues };
        return showApp(deps, { accountId: caller.accountId, clientId, locale }, failed);
      }
      try {
        await deps.consents.changeItem({
          accountId: caller.accountId,
          clientId,
          claim,
          choice: form.choice,
          ...(form.duration === undefined ? {} : { duration: form.duration }),
          locale,
          text: await textOfChange(deps, { accountId: caller.accountId, clientId, locale }, claim),
        });
      } catch (error) {
        if (!isAppError(error, 'essential_needs_end')) throw error;
        return redirect(sitePath`/account/apps/${clientId}/end`);
      }
      return redirect(appHref(clientId), {
        flash: { kind: 'good', message: 'consents:flash.changed' },
      });
    },
  });
}

function resumingRoute(deps: ConnectedAppRoutesDeps): AnyRoute {
  return pageRoute({
    method: 'post',
    path: '/account/apps/{clientId}/resume',
    access: 'person',
    params: ClientParams,
    handle: async ({ caller, params, request }) => {
      const { clientId } = params;
      await deps.consents.resume({ accountId: caller.accountId, clientId, locale: request.locale });
      return redirect(appHref(clientId), {
        flash: { kind: 'good', message: 'consents:flash.resumed' },
      });
    },
  });
}

function endingRoutes(deps: ConnectedAppRoutesDeps): readonly AnyRoute[] {
  const path = '/account/apps/{clientId}/end';
  return [
    pageRoute({
      method: 'get',
      path,
      access: 'person',
      params: ClientParams,
      handle: async ({ caller, params, request }) => {
        const app = await readConnectedApp(deps, {
          accountId: caller.accountId,
          clientId: params.clientId,
          locale: request.locale,
        });
        return render(endAppPage, presentEndApp({ clientId: app.clientId, name: app.name }));
      },
    }),
    pageRoute({
      method: 'post',
      path,
      access: 'person',
      params: ClientParams,
      handle: async ({ caller, params, request }) => {
        const { clientId } = params;
        const client = await deps.clients.find(clientId);
        const text = endAppText(client?.name ?? clientId, {
          words: deps.words,
          locale: request.locale,
        });
        await deps.consents.withdraw({ accountId: caller.accountId, clientId, text });
        return redirect('/account/apps', {
          flash: {
            kind: 'good',
            message: 'consents:flash.ended',
            values: { app: client?.name ?? clientId },
          },
        });
      },
    }),
  ];
}

/** The text of the page about the answer that is changed. */
async function textOfChange(
  deps: ConnectedAppRoutesDeps,
  input: ReadConnectedAppInput,
  claim: string,
): Promise<ConsentText | null> {
  const { name: appName, items } = await readConnectedApp(deps, input);
  const item = items.find((known) => known.claim === claim);
  if (item === undefined) return null;
  const { title, purpose } = item;
  const { locale } = input;
  return changeItemText({ title, purpose, appName }, { words: deps.words, locale });
}

async function showApp(
  deps: ConnectedAppRoutesDeps,
  input: ReadConnectedAppInput,
  failed?: ConnectedAppParts['failed'],
): Promise<PageResult> {
  const { accountId, clientId, locale } = input;
  const app = await readConnectedApp(deps, { accountId, clientId, locale });
  const [preview, claims, events] = await Promise.all([
    deps.previewAnswers({ accountId, clientId }),
    deps.vault.claims(),
    deps.consents.history({ accountId, clientId, limit: SHOWN_DECISIONS }),
  ]);
  const parts = { app, preview, events, claims, locale };
  return render(connectedAppPage, presentConnectedApp(failed ? { ...parts, failed } : parts));
}
