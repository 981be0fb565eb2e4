import type { Translator } from '../../http/pages/i18n.ts';
import type { Message } from '../../messaging/message.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';

interface SmsRendererDeps {
  readonly translator: Translator;
  /** Our public origin: its host names the sender. */
  readonly origin: string;
  readonly brand: { readonly name: string };
}

/**
 * Renders queued text messages in the reader's language. They contain no links, because people are advised not to
 * follow links in text messages.
 */
export function createSmsRenderer(deps: SmsRendererDeps): (message: Message) => string {
  const { host } = new URL(deps.origin);
  return ({ template, locale, values }) =>
    deps.translator.translate({
      locale: deps.translator.languages.pick([locale]) ?? FALLBACK_LOCALE,
      namespace: 'sms',
      key: template,
      values: { ...values, host, service: deps.brand.name },
    });
}
