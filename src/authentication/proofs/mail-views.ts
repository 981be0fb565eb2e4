import { page } from '../../http/pages/page.ts';
import type { Translator } from '../../http/pages/i18n.ts';
import type { Templates } from '../../http/pages/templates.ts';
import type { Clock } from '../../platform/clock.ts';
import { isAlertKind } from '../alerts/alert-kind.ts';
import { type MailModel, type OwnMailTemplates, unrenderable } from './own-mail-templates-views.ts';
import { pathOf, textOf } from './mail-text-views.ts';
import { FALLBACK_LOCALE, type Locale } from '../../platform/languages.ts';
import type { RenderedMail } from '../../messaging/mail-transport.ts';
import type { Message } from '../../messaging/message.ts';

/** Every mail. */
export const mailPage = page<MailModel>('mail/message.njk');

interface MailWords {
  /** Keys of the paragraphs before and after the code, below the name of the template. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** A path of this server for the link; `{name}` is replaced by a value of the message. */
  readonly link?: string;
}

const WITH_CODE: MailWords = { before: ['intro'], after: ['use', 'ignore'] };
const WITH_LINK: MailWords = { before: ['intro'], after: ['advice'], link: '/account/security' };

const MAILS: Readonly<Record<string, MailWords>> = {
  'registration-code': WITH_CODE,
  'password-reset-code': WITH_CODE,
  'attribute-code': WITH_CODE,
  'sign-in-code': WITH_CODE,
  'sign-in-refused': { before: ['intro', 'advice'], after: [], link: '/account' },
  'password-reset-refused': { before: ['intro', 'advice'], after: [], link: '/account' },
  'registration-known': { before: ['intro', 'advice'], after: [], link: '/account' },
  'attribute-known': { before: ['intro', 'advice'], after: [], link: '/account/security' },
  'authenticator-added': WITH_LINK,
  'authenticator-removed': WITH_LINK,
  'recovery-code-used': WITH_LINK,
  'recovery-codes-created': { ...WITH_LINK, link: '/account/security/recovery-codes' },
  'second-step-failed': WITH_LINK,
  'account-secured': WITH_LINK,
  'second-step-required': { ...WITH_LINK, link: '/account/security' },
  'second-step-optional': { ...WITH_LINK, link: '/account/security' },
  'passkey-added': { ...WITH_LINK, link: '/account/security' },
  'passkey-removed': { ...WITH_LINK, link: '/account/security' },
  'passkey-blocked': { ...WITH_LINK, link: '/account/security' },
  'password-changed': WITH_LINK,
  'password-set': WITH_LINK,
  welcome: { before: ['intro', 'back'], after: ['advice'], link: '/account' },
  'sign-in-paused': WITH_LINK,
  'new-device': { before: ['intro', 'where'], after: ['advice'], link: '/account/sessions' },
  'email-added': { ...WITH_LINK, link: '/account' },
  'email-removed': { ...WITH_LINK, link: '/account' },
  'email-gone': WITH_LINK,
  'email-taken': WITH_LINK,
  'phone-added': { ...WITH_LINK, link: '/account' },
  'phone-gone': WITH_LINK,
  'phone-taken': WITH_LINK,
  'username-added': WITH_LINK,
  'username-gone': WITH_LINK,
  'account-blocked': { before: ['intro', 'reason'], after: ['advice'] },
  'account-unblocked': { before: ['intro'], after: ['advice'], link: '/account' },
  'client-verified': { before: ['intro'], after: [], link: '/developer/apps' },
  'client-unverified': { before: ['intro'], after: [], link: '/developer/apps' },
  'client-suspended': { before: ['intro', 'reason'], after: ['advice'], link: '/developer/apps' },
  'client-resumed': { before: ['intro'], after: [], link: '/developer/apps' },
  'app-paused': {
    before: ['intro', 'meaning'],
    after: ['advice'],
    link: '/account/apps/{clientId}',
  },
  'app-deleted': { before: ['intro', 'meaning'], after: [], link: '/account/history' },
  'people-paused': { before: ['intro', 'meaning'], after: [], link: '/developer/apps' },
  'export-ready': { before: ['intro'], after: ['advice'], link: '/account/export' },
  'account-deleted': { before: ['intro'], after: ['restore', 'reference'], link: '/account' },
  'account-deleted-by-administrator': { before: ['intro'], after: ['advice', 'reference'] },
  'account-purged': { before: ['intro'], after: ['receipt', 'check', 'reference'] },
};

/** All mails. */
export const MAIL_TEMPLATES: readonly string[] = Object.freeze(Object.keys(MAILS));

interface MailRendererDeps {
  readonly templates: Templates;
  readonly translator: Translator;
  readonly clock: Clock;
  /** Our public origin. Links in mails never use the host of a request. */
  readonly origin: string;
  readonly brand: { readonly name: string };
  /** The logo of the service as PNG. Default: none. */
  readonly serviceLogo?: Buffer | null;
  /** Default: none. */
  readonly own?: OwnMailTemplates | null;
}

/** Renders a queued message; `appLogo` is the PNG file of the logo of the app that it is about. */
export type MailRenderer = (message: Message, appLogo?: Buffer | null) => RenderedMail;

/** Content ids (RFC 2392). */
const SERVICE_LOGO = 'service-logo';
const APP_LOGO = 'app-logo';

/** Renders queued messages as mails in the reader's language, as text and as HTML. */
export function createMailRenderer(deps: MailRendererDeps): MailRenderer {
  return (message, appLogo = null) => {
    const words = MAILS[message.template];
    if (words === undefined) throw new Error(`there is no mail ${message.template}`);
    const locale = deps.translator.languages.pick([message.locale]) ?? FALLBACK_LOCALE;
    const { serviceLogo = null } = deps;
    const model = {
      ...modelOf(deps, locale, { message, words }),
      serviceLogo: serviceLogo === null ? null : `cid:${SERVICE_LOGO}`,
      appLogo: appLogo === null ? null : `cid:${APP_LOGO}`,
    };
    const html = htmlOf(deps, locale, { message, model });
    return {
      subject: model.subject,
      text: textOf(model),
      html,
      highlight: model.code,
      images: imagesIn(html, { [SERVICE_LOGO]: serviceLogo, [APP_LOGO]: appLogo }),
    };
  };
}

/** The logos that the HTML shows. Mail programs list every other image as an attachment. */
function imagesIn(
  html: string,
  logos: Readonly<Record<string, Buffer | null>>,
): RenderedMail['images'] {
  return Object.entries(logos).flatMap(([cid, content]) =>
    content === null || !html.includes(`cid:${cid}`)
      ? []
      : [{ cid, contentType: 'image/png', content }],
  );
}

function htmlOf(
  deps: MailRendererDeps,
  locale: Locale,
  { message, model }: { readonly message: Message; readonly model: MailModel },
): string {
  const own = deps.own?.find(message.template, locale) ?? null;
  const templates = own === null ? deps.templates : (deps.own?.templates ?? deps.templates);
  return templates.render(own ?? mailPage, model, {
    locale,
    theme: 'light',
    csrfToken: '',
    viewer: null,
    flash: null,
    path: '/',
    now: deps.clock.now(),
  });
}

/**
 * Renders every mail with an own template once, so that a fault in it is found at the start.
 * @throws AppError `mail_templates_invalid`.
 */
export function tryOwnMailTemplates(deps: MailRendererDeps): void {
  const render = createMailRenderer(deps);
  for (const locale of deps.translator.languages.installed) {
    for (const template of MAIL_TEMPLATES) {
      const own = deps.own?.find(template, locale) ?? null;
      if (own === null) continue;
      const { link, alert, ...others } = SAMPLE_VALUES;
      const values = {
        ...others,
        ...(MAILS[template] === WITH_CODE && { link }),
        ...(isAlertKind(template) && { alert }),
      };
      const message = { to: 'ana@example.org', template, locale, values };
      for (const logo of [null, Buffer.alloc(1)]) {
        try {
          render(message, logo);
        } catch (error) {
          throw unrenderable(own.template, error);
        }
      }
    }
  }
}

/** Values of all mails. */
const SAMPLE_VALUES = {
  code: '042317',
  minutes: 10,
  left: 9,
  link: 'sample',
  alert: 'sample',
  app: 'Bookshop',
  clientId: 'app_sample',
  address: 'ana@example.org',
  count: 3,
  days: 90,
  date: '1 December 2026',
  device: 'Firefox',
  ip: '203.0.113.7',
  name: 'Ana',
  reason: 'a reason',
  receipt: 'sample',
  reference: 'sample',
};

function modelOf(
  { translator, origin, brand }: MailRendererDeps,
  locale: Locale,
  { message, words }: { message: Message; words: MailWords },
): Omit<MailModel, 'serviceLogo' | 'appLogo'> {
  const { template, values: given } = message;
  const values = { ...given, service: brand.name };
  /** A key that begins with a slash belongs to all mails. */
  const translate = (key: string): string => {
    const whole = key.startsWith('/') ? key.slice(1) : `${template}.${key}`;
    return translator.translate({ locale, namespace: 'mail', key: whole, values });
  };
  const { code } = given;
  return {
    subject: translate('subject'),
    before: words.before.map(translate),
    code: code === undefined ? null : String(code),
    after: afterOf(words, given).map(translate),
    link: linkOf(origin, { words, values: given, translate }),
    origin,
    service: brand.name,
  };
}

/** The paragraphs after the code; the advice for a reader who can report the event is the same in all mails. */
function afterOf({ after }: MailWords, given: Message['values']): readonly string[] {
  if (given['alert'] !== undefined) return ['/notMe.advice'];
  return [...after, ...(given['link'] === undefined ? [] : ['orLink'])];
}

interface Linked {
  readonly words: MailWords;
  readonly values: Message['values'];
  readonly translate: (key: string) => string;
}

/** The page that proves the address, when a link to it was made; else a page to go to. */
function linkOf(origin: string, { words, values, translate }: Linked): MailModel['link'] {
  const { link, alert } = values;
  if (alert !== undefined)
    return { href: `${origin}/not-me/${encodeURIComponent(alert)}`, label: translate('/notMe.do') };
  if (link !== undefined) {
    return { href: `${origin}/confirm/${encodeURIComponent(link)}`, label: translate('confirm') };
  }
  if (words.link === undefined) return null;
  return { href: `${origin}${pathOf(words.link, values)}`, label: translate('link') };
}
