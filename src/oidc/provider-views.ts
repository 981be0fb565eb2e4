import type { Context } from 'koa';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';

import { isAnsweredAsToClient } from '../http/failure-responder.ts';
import { page } from '../http/pages/page.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import { leave, redirect, render, type PageResult } from '../http/routing/page-route.ts';
import { currentRequest, discardCookies } from '../platform/request-context.ts';
import { PROTOCOL_ROUTES } from './configuration.ts';
import {
  describeRefusedSignOut,
  isRefusedSignOut,
  refusedSignOutPage,
} from './refused-sign-out-views.ts';
import { applyUiLocales, type Languages } from './authorization/ui-locales.ts';

/** A page of the library with one form that submits itself. */
export interface PassingForm {
  /** Absolute address. */
  readonly action: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

type PassingTarget = 'app' | 'switch';

/** `error` and `error_description` of RFC 6749, as the library reports them. */
interface ProtocolError {
  readonly error?: string | undefined;
  readonly error_description?: string | undefined;
}

type SendPage = (ctx: Context, result: PageResult) => Promise<void>;

interface ErrorModel {
  readonly reason: 'outage' | 'expired' | 'app';
  readonly description: string | null;
  readonly code: string;
  /** An address in the request that is not registered for the app; unverified text. */
  readonly unknownAddress: string | null;
  /** The `client_id` of the request, if no app has it; unverified text. */
  readonly unknownClientId: string | null;
  /** The app that sent the request, when it is known here. */
  readonly app: { readonly name: string; readonly settingsHref: string } | null;
  readonly requestId: string;
}

interface SignOutModel {
  /** The form of the library, with the id `op.logoutForm`. */
  readonly form: string;
  readonly appName: string | null;
  /** The app means another account than the one that is signed in. */
  readonly isOtherAccount: boolean;
  /** The parameter of the request. */
  readonly uiLocales: string | null;
}

export const errorPage = page<ErrorModel>('oidc/protocol-error.njk');
export const signOutPage = page<SignOutModel>('oidc/sign-out.njk');
/** `homeHref`: the home page of the app, if it has one. */
export const signedOutPage = page<{ appName: string | null; homeHref: string | null }>(
  'oidc/signed-out.njk',
);
export const passOnPage = page<PassingForm & { target: PassingTarget; name: string; host: string }>(
  'oidc/pass-on.njk',
);

const LONGEST_TEXT = 500;

/** The few pages that the library itself answers with, each in the language that the app requests. */
export function createProviderPages(sendAny: SendPage, languages: Languages) {
  const send: SendPage = async (ctx, result) => {
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    applyUiLocales(languages, ctx, oidc?.params?.['ui_locales']);
    await sendAny(ctx, result);
  };
  return {
    async renderError(ctx: KoaContextWithOIDC, out: ProtocolError, error: Error): Promise<void> {
      // Some HTTP libraries prefer HTML when nothing else is set (RFC 6749 §5.2 requires JSON).
      if (isAnsweredAsToClient(ctx)) return void (ctx.body = out);
      if (isLateSignOut(ctx, error)) return answerLateSignOut(ctx, send);
      const ended = endedInteraction(ctx, error);
      if (ended !== null) {
        // Another tab may have received a new session meanwhile, which this answer must not replace.
        discardCookies();
        return send(ctx, redirect(wayOn(ctx, ended)));
      }
      const { status } = ctx;
      if (isRefusedSignOut(ctx, error)) {
        const unknownAddress = unknownAddressOf(ctx, error, out);
        const parts = { unknownAddress, requestId: currentRequest()?.requestId ?? '' };
        const model = await describeRefusedSignOut(ctx, error, parts);
        return send(ctx, render(refusedSignOutPage, model, { status }));
      }
      if (status === 503) ctx.set('Retry-After', '2');
      await send(ctx, render(errorPage, describeError(ctx, out, error), { status }));
    },

    async confirmSignOut(
      ctx: KoaContextWithOIDC,
      { form, isOtherAccount }: Pick<SignOutModel, 'form' | 'isOtherAccount'>,
    ) {
      const { ui_locales: locales } = ctx.oidc.params ?? {};
      const uiLocales = typeof locales === 'string' ? locales : null;
      const model = { form, isOtherAccount, appName: appNameOf(ctx), uiLocales };
      await send(ctx, render(signOutPage, model));
    },

    async signedOut(ctx: KoaContextWithOIDC) {
      const homeHref = ctx.oidc.client?.clientUri ?? null;
      await send(ctx, render(signedOutPage, { appName: appNameOf(ctx), homeHref }));
    },

    /** Leads the browser to an address of the app, also after a form. */
    async leave(ctx: KoaContextWithOIDC, location: string) {
      await send(ctx, leave(location, appNameOf(ctx)));
    },

    /** A page whose one form submits itself: to an app, or to our own sign-out of the person who was signed in before. Keeps the status. */
    async passOn(ctx: KoaContextWithOIDC, form: PassingForm, target: PassingTarget) {
      const { host } = new URL(form.action);
      const model = { ...form, target, host, name: appNameOf(ctx) ?? host };
      const formTargets = target === 'app' ? 'anywhere' : 'this_site';
      await send(ctx, render(passOnPage, model, { status: ctx.status, formTargets }));
    },
  };
}

export type ProviderPages = ReturnType<typeof createProviderPages>;

function describeError(ctx: KoaContextWithOIDC, out: ProtocolError, error: Error): ErrorModel {
  const app = appOf(ctx);
  const isUnknownClient = error instanceof errors.InvalidClient && app === null;
  return {
    reason: reasonOf(error, ctx.status),
    description: out.error_description ?? null,
    code: out.error ?? 'server_error',
    unknownAddress: unknownAddressOf(ctx, error, out),
    unknownClientId: isUnknownClient ? receivedText(ctx, 'client_id') : null,
    app,
    requestId: currentRequest()?.requestId ?? '',
  };
}

/** The developer compares it with the registration, character by character. */
function unknownAddressOf(
  ctx: KoaContextWithOIDC,
  error: Error,
  out: ProtocolError,
): string | null {
  const parameter =
    error instanceof errors.InvalidRedirectUri
      ? 'redirect_uri'
      : /^(post_logout_redirect_uri) not registered$/.exec(out.error_description ?? '')?.[1];
  return parameter === undefined ? null : receivedText(ctx, parameter);
}

/** A parameter of the request as it was received; its end is removed when it is very long. */
function receivedText({ oidc }: Partial<KoaContextWithOIDC>, parameter: string): string | null {
  const received = oidc?.params?.[parameter];
  return typeof received === 'string' ? received.slice(0, LONGEST_TEXT) : null;
}

function appOf({ oidc }: Partial<KoaContextWithOIDC>): ErrorModel['app'] {
  const { clientId, clientName } = oidc?.client ?? {};
  if (clientId === undefined || clientName === undefined) return null;
  return { name: clientName, settingsHref: sitePath`/developer/apps/${clientId}/settings` };
}

/** Selects one of three explanations for the person. */
function reasonOf(error: Error, status: number): ErrorModel['reason'] {
  if (status >= 500) return 'outage';
  const isOver =
    error instanceof errors.SessionNotFound || error instanceof errors.InvalidRequestUri;
  return isOver ? 'expired' : 'app';
}

/** The interaction that a browser wanted to continue, although it has ended or belongs to another session. */
function endedInteraction(ctx: Context, error: Error): string | null {
  if (!(error instanceof errors.SessionNotFound) || ctx.accepts('html', 'json') !== 'html')
    return null;
  return CONTINUED.exec(ctx.path)?.[1] ?? null;
}

/**
 * The request was sent with a session that another tab has replaced at the same time: with the new one it is sent once more. After
 * that, the page of the interaction continues or restarts the sign-in.
 */
function wayOn({ query }: Context, uid: string): SitePath {
  return query['again'] === undefined
    ? sitePath`/auth/${uid}?again=1`
    : sitePath`/interaction/${uid}`;
}

const CONTINUED = new RegExp(`^${PROTOCOL_ROUTES.authorization}/([A-Za-z0-9_-]{1,200})$`);

/** The form of the sign-out page was sent twice, or from an outdated page. */
function isLateSignOut(ctx: Context, error: Error): boolean {
  const isRefused = error instanceof errors.InvalidRequest;
  return isRefused && ctx.path === `${PROTOCOL_ROUTES.end_session}/confirm`;
}

/** Shows the signed-out page to a person who is signed out, and the confirmation again to every other person. */
async function answerLateSignOut(ctx: KoaContextWithOIDC, send: SendPage): Promise<void> {
  if (ctx.oidc.session?.accountId === undefined) {
    await send(ctx, render(signedOutPage, { appName: null, homeHref: null }, { status: 200 }));
    return;
  }
  await send(ctx, redirect(PROTOCOL_ROUTES.end_session));
}

function appNameOf(ctx: KoaContextWithOIDC): string | null {
  return ctx.oidc.client?.clientName ?? null;
}
