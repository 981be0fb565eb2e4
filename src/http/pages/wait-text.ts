import { randomBytes } from 'node:crypto';

import { escapeHtml } from '../../platform/escape-html.ts';
import { createFormats } from '../../platform/formats.ts';
import type { Locale } from '../../platform/languages.ts';
import type { Translator } from './i18n.ts';

// Different in each process, so no value from outside contains it. Sentences are escaped before the element takes its place.
const MARK = `\u{e003}${randomBytes(16).toString('hex')}`;

/** The value of `{{wait}}` in sentences about a limit. */
export const WAIT_VALUE = { wait: MARK } as const;

interface WaitScope {
  readonly translator: Translator;
  readonly locale: Locale;
  readonly now: Date;
  /** Null: not known. */
  readonly retryAt: Date | null;
}

/**
 * The sentence as HTML with the time at which the person can try again; null when it has no `{{wait}}`. It is a time of
 * day, which a script turns into the remaining time.
 */
export function withWait(text: string, scope: WaitScope): string | null {
  return text.includes(MARK) ? escapeHtml(text).replaceAll(MARK, () => waitElement(scope)) : null;
}

function waitElement({ translator, locale, now, retryAt }: WaitScope): string {
  const t = (key: string, values = {}): string =>
    escapeHtml(translator.translate({ locale, namespace: 'common', key, values }));
  if (retryAt === null) return t('wait.unknown');
  const time = createFormats({ locale, now }).timeOfDay(retryAt);
  // Relative to the answer, because the clock of the reader may be wrong.
  const seconds = Math.max(0, Math.ceil((retryAt.getTime() - now.getTime()) / 1_000));
  const attributes = `datetime="${retryAt.toISOString()}" data-seconds="${String(seconds)}"`;
  return `<time class="wait" ${attributes} data-now="${t('wait.now')}">${t('wait.at', { time })}</time>`;
}
