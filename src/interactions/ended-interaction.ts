import type { Context } from 'koa';

import type { Client } from '../clients/index.ts';
import { safeReturnPath, sitePath } from '../http/pages/site-path.ts';
import type { Caller } from '../http/routing/caller.ts';
import { redirect, render, type PageResult } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { PROTOCOL_ROUTES } from '../oidc/index.ts';
import { isAppError } from '../platform/app-error.ts';
import type { InteractionsContext } from './context.ts';
import { endedPage, hostOf, type EndedModel } from './interaction-views.ts';

interface VisitInput {
  readonly ctx: Context;
  readonly params: { readonly uid: string };
  readonly caller: Caller;
}

type Handle = (input: VisitInput) => Promise<PageResult>;

/** The same routes; where their interaction has ended, they lead on instead of to an error. */
export function leadOnAfterEnd(
  deps: InteractionsContext,
  routes: readonly AnyRoute[],
): readonly AnyRoute[] {
  return routes.map((route) => {
    if (route.kind !== 'page' || !route.path.startsWith('/interaction/{uid}')) return route;
    const handle = route.handle as Handle;
    const guarded: Handle = async (input) => {
      try {
        return await handle(input);
      } catch (error) {
        const isForPerson = input.ctx.accepts('html', 'json') === 'html';
        if (!isForPerson || !isAppError(error, 'interaction_expired')) throw error;
        return showEnded(deps, input);
      }
    };
    return { ...route, handle: guarded };
  });
}

const ENDED_STATUS = 410;

/**
 * The way on from an interaction that has ended in this browser: to the next page of the same request; when it was not
 * answered, to the same request once more; else to a page that leads to the app. A browser that never had it learns nothing.
 */
async function showEnded(
  deps: InteractionsContext,
  { params: { uid }, caller }: VisitInput,
): Promise<PageResult> {
  const trace = deps.interactionTraces.find(uid);
  if (trace === null) return render(endedPage, UNKNOWN, { status: ENDED_STATUS });
  if (trace.nextUid !== undefined) return redirect(sitePath`/interaction/${trace.nextUid}`);
  const client = await deps.clients.find(trace.clientId);
  if (client?.isFirstParty === true && trace.isAnswered && caller.kind === 'person')
    return redirect('/account');
  const again = safeReturnPath(
    `${PROTOCOL_ROUTES.authorization}?${trace.query ?? ''}`,
    deps.issuer,
  );
  const mayBeginAgain = !trace.isAnswered || client?.isFirstParty === true;
  if (mayBeginAgain && trace.query !== undefined && again !== undefined) return redirect(again);
  return render(endedPage, await modelOf(deps, { client, caller, isAnswered: trace.isAnswered }), {
    status: ENDED_STATUS,
  });
}

const UNKNOWN: EndedModel = { reason: 'unknown', app: null, seenHref: null };

async function modelOf(
  { consents }: Pick<InteractionsContext, 'consents'>,
  ended: {
    readonly client: Client | null;
    readonly caller: Caller;
    readonly isAnswered: boolean;
  },
): Promise<EndedModel> {
  const { client, caller, isAnswered } = ended;
  if (client === null || client.status !== 'active') return UNKNOWN;
  const { id: clientId, name } = client;
  const href = homeOf(client);
  const app = { name, href, host: href === null ? '' : hostOf(href) };
  if (!isAnswered) return { reason: 'expired', app, seenHref: null };
  const { accountId } = caller.kind === 'person' ? caller : { accountId: null };
  const consent = accountId === null ? null : await consents.find({ accountId, clientId });
  const seenHref = consent === null ? null : sitePath`/account/apps/${clientId}`;
  return { reason: 'answered', app, seenHref };
}

/** Where the app can be opened: its home page, else the site of its redirect address; null for an app without a site. */
function homeOf({ clientUri, redirectUris }: Client): string | null {
  if (clientUri !== null) return clientUri;
  const site = redirectUris
    .map((uri) => URL.parse(uri))
    .find((url) => url !== null && /^https?:$/.test(url.protocol));
  return site == null ? null : `${site.origin}/`;
}
