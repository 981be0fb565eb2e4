import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

import { PROTOCOL_ROUTES } from '../configuration.ts';
import type { OidcContext } from '../context.ts';
import type { PassingForm, ProviderPages } from '../provider-views.ts';

/** Answers of the library that are in the chain of redirects after one of our forms. */
const BEHIND_A_FORM = new Set(['resume', 'end_session_confirm']);

/**
 * Decides how the answers of the library lead to an app. After a form: by a page, because browsers apply the
 * `form-action` of the page with the form to redirects. After a link: by the redirect of the library. The
 * self-submitting pages of the library get our design and a policy for their target.
 */
export function leaveForApps({
  pages,
  settings,
}: Pick<OidcContext, 'settings'> & { readonly pages: ProviderPages }): Middleware {
  const site = new URL(settings.issuer).origin;
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (oidc === undefined) return;
    const known = ctx as KoaContextWithOIDC;
    // The library can fail after it has set the redirect to the app, for example when it saves the session.
    if (ctx.status >= 400) ctx.remove('Location');
    const location = ctx.response.get('Location');
    if (location !== '' && BEHIND_A_FORM.has(oidc.route) && !isAt(site, location)) {
      ctx.remove('Location');
      await pages.leave(known, location);
      return;
    }
    if (location !== '' && oidc.route === 'end_session_confirm') keepContext(known, location);
    const form = passingForm(ctx.body);
    if (form === undefined) return;
    if (oidc.route === 'end_session') redirectSignedOut(known);
    else await pages.passOn(known, form, isAt(site, form.action) ? 'switch' : 'app');
  };
}

/** No account is signed in, so there is nothing to confirm or to end (OpenID Connect RP-Initiated Logout 1.0 §2, §3). */
function redirectSignedOut(ctx: KoaContextWithOIDC): void {
  const { oidc } = ctx;
  const { post_logout_redirect_uri: target, state, ui_locales: locales } = oidc.params ?? {};
  // The library has compared it with the registration, and dropped it when no app was named.
  const url = new URL(typeof target === 'string' ? target : oidc.urlFor('end_session_success'));
  if (typeof target === 'string' && typeof state === 'string') url.searchParams.set('state', state);
  // The page that follows is ours, and in the language that the app requests.
  if (typeof target !== 'string' && typeof locales === 'string')
    url.searchParams.set('ui_locales', locales);
  if (typeof target !== 'string' && oidc.client !== undefined)
    url.searchParams.set('client_id', oidc.client.clientId);
  ctx.status = 303;
  ctx.redirect(url.href);
}

/** The end of the path of the library's page that follows a sign-out. */
const SIGNED_OUT = `${PROTOCOL_ROUTES.end_session}/success`;

/** The signed-out page has the language of the sign-out page, whose form contains the parameter, and leads back to its app. */
function keepContext(ctx: KoaContextWithOIDC, location: string): void {
  const { ui_locales: locales } = (ctx.oidc.body ?? {}) as { readonly ui_locales?: unknown };
  const url = new URL(location, ctx.oidc.issuer);
  if (!url.pathname.endsWith(SIGNED_OUT)) return;
  if (typeof locales === 'string') url.searchParams.set('ui_locales', locales);
  const { client } = ctx.oidc;
  if (client !== undefined) url.searchParams.set('client_id', client.clientId);
  ctx.redirect(url.href);
}

const TITLE = '<title>Submitting Callback</title>';
const FORM = /<form method="post" action="([^"]+)">([^]*?)<noscript>/;
const FIELD = /<input type="hidden" name="([^"]+)" value="([^"]*)"\/>/g;

/** @throws Error when the page of the library does not have the expected form. */
function passingForm(body: Context['body']): PassingForm | undefined {
  if (typeof body !== 'string' || !body.includes(TITLE)) return undefined;
  const [, action, inputs = ''] = FORM.exec(body) ?? [];
  const fields = [...inputs.matchAll(FIELD)].map(([, name = '', value = '']) => ({
    name: unescapeHtml(name),
    value: unescapeHtml(value),
  }));
  if (action === undefined || fields.length !== inputs.split('<input').length - 1) {
    throw new Error('the library writes its self-submitting page in a new way');
  }
  return { action: unescapeHtml(action), fields };
}

/** The five HTML entities that the library writes. */
const ENTITIES = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&#39;', "'"],
]);

function unescapeHtml(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES.get(entity) ?? entity);
}

function isAt(site: string, address: string): boolean {
  return URL.parse(address, site)?.origin === site;
}
