import type { Context } from 'koa';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';

import { page } from '../http/page.ts';
import { PROTOCOL_ROUTES } from './configuration.ts';
import { redirect, render, type PageResult } from '../http/page-route.ts';

/** The few pages that the library itself answers with. */
export interface ProviderPages {
  renderError(ctx: KoaContextWithOIDC, out: ProtocolError, error: Error): Promise<void>;
  confirmSignOut(ctx: KoaContextWithOIDC, form: string): Promise<void>;
  signedOut(ctx: KoaContextWithOIDC): Promise<void>;
}

/** `error` and `error_description` of RFC 6749, as the library reports them. */
export interface ProtocolError {
  readonly error?: string | undefined;
  readonly error_description?: string | undefined;
}

export type SendPage = (ctx: Context, result: PageResult) => Promise<void>;

const errorPage = page<{ reason: string; description: string | null; code: string }>(
  'oidc/protocol-error.njk',
  {
    reason: 'app',
    description: "redirect_uri did not match any of the client's registered redirect_uris",
    code: 'invalid_redirect_uri',
  },
);

const signOutPage = page<{ form: string; appName: string | null }>('oidc/sign-out.njk', {
  form: '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
  appName: 'Bookshop',
});

const signedOutPage = page<{ appName: string | null }>('oidc/signed-out.njk', {
  appName: 'Bookshop',
});

export function createProviderPages(send: SendPage): ProviderPages {
  return Object.freeze({
    async renderError(ctx: KoaContextWithOIDC, out: ProtocolError, error: Error) {
      if (isLateSignOut(ctx, error)) return answerLateSignOut(ctx, send);
      const { status } = ctx;
      const code = out.error ?? 'server_error';
      if (status === 503) ctx.set('Retry-After', '2');
      await send(
        ctx,
        render(
          errorPage,
          { reason: reasonOf(error, status), description: out.error_description ?? null, code },
          { status },
        ),
      );
    },

    async confirmSignOut(ctx: KoaContextWithOIDC, form: string) {
      const target = ctx.oidc.session?.state?.['postLogoutRedirectUri'];
      await send(
        ctx,
        render(
          signOutPage,
          { form, appName: appNameOf(ctx) },
          { formActions: typeof target === 'string' ? [new URL(target).origin] : [] },
        ),
      );
    },

    async signedOut(ctx: KoaContextWithOIDC) {
      await send(ctx, render(signedOutPage, { appName: appNameOf(ctx) }));
    },
  });
}

/** Which of three explanations helps the person in front of the page. */
function reasonOf(error: Error, status: number): 'outage' | 'expired' | 'app' {
  if (status >= 500) return 'outage';
  const isOver =
    error instanceof errors.SessionNotFound || error instanceof errors.InvalidRequestUri;
  return isOver ? 'expired' : 'app';
}

/** The form of the sign-out page was sent twice, or from a page that is out of date. */
function isLateSignOut(ctx: Context, error: Error): boolean {
  const isRefused = error instanceof errors.InvalidRequest;
  return isRefused && ctx.path === `${PROTOCOL_ROUTES.end_session}/confirm`;
}

/** Who is signed out already reads that; who is not is asked again. */
async function answerLateSignOut(ctx: KoaContextWithOIDC, send: SendPage): Promise<void> {
  if (ctx.oidc.session?.accountId === undefined) {
    await send(ctx, render(signedOutPage, { appName: null }, { status: 200 }));
    return;
  }
  await send(ctx, redirect(PROTOCOL_ROUTES.end_session));
}

function appNameOf(ctx: KoaContextWithOIDC): string | null {
  return ctx.oidc.client?.clientName ?? null;
}
