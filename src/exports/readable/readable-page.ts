import { escapeHtml } from '../../platform/escape-html.ts';
import { dayIn } from '../../platform/time-zones.ts';
import type { ExportSubject, ExportWords } from '../export-section.ts';
import type { ReadableEntry, ReadablePart } from './readable-entry.ts';
import { STYLE } from './readable-style.ts';

interface ReadablePageInput {
  readonly parts: readonly ReadablePart[];
  readonly subject: ExportSubject;
  readonly issuer: string;
  readonly exportedAt: Date;
  readonly words: ExportWords;
  /** Called after each part. @throws Error to end the export. */
  readonly onPartDone: () => Promise<void>;
}

/** One page without references to other files, piece by piece. */
export async function* writeReadablePage(input: ReadablePageInput): AsyncGenerator<string> {
  const { parts, subject, exportedAt, words, issuer, onPartDone } = input;
  const { locale, timeZone } = subject;
  const formats = words.formats({ locale, now: exportedAt, timeZone });
  const say = (key: string, values = {}) =>
    escapeHtml(words.translate(locale, `exports:${key}`, values));
  yield `<!doctype html><html lang="${escapeHtml(locale)}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${say('document.title')}</title><style>${STYLE}</style></head><body><header><h1>${say('document.title')}</h1>
<p>${say('document.lead', { issuer, date: formats.dateTime(exportedAt) })}</p><p class="notes">${say('document.machine')}</p></header>
<nav aria-label="${say('document.contents')}"><ul>${parts
    .map(({ name }) => `<li><a href="#${name}">${say(`part.${name}.title`)}</a></li>`)
    .join('')}</ul></nav><main>\n`;
  for (const part of parts) {
    yield `<section id="${part.name}"><h2>${say(`part.${part.name}.title`)}</h2>\n`;
    let isEmpty = true;
    let day = '';
    for await (const entry of part.read(subject)) {
      const dayOfEntry = entry.at === undefined ? '' : dayIn(timeZone ?? 'UTC', entry.at);
      if (dayOfEntry !== day) {
        yield `<h3>${escapeHtml(formats.calendarDay(new Date(dayOfEntry)))}</h3>\n`;
      }
      day = dayOfEntry;
      isEmpty = false;
      yield writeEntry(entry, formats);
    }
    yield isEmpty
      ? `<p class="notes">${say(`part.${part.name}.none`)}</p></section>\n`
      : '</section>\n';
    await onPartDone();
  }
  yield '</main></body></html>\n';
}

type PageFormats = ReturnType<ExportWords['formats']>;

function writeEntry(
  { at, title, values = [], notes = [] }: ReadableEntry,
  formats: PageFormats,
): string {
  const heading = at === undefined ? 'h3' : 'h4';
  const time =
    at === undefined
      ? ''
      : `<time datetime="${at.toISOString()}">${escapeHtml(formats.time(at))}</time>`;
  const lines = values.map((value) => `<p class="value">${escapeHtml(value)}</p>`).join('');
  const last =
    notes.length === 0 ? '' : `<p class="notes">${notes.map(escapeHtml).join(' · ')}</p>`;
  return `<article>${time}<div><${heading}>${escapeHtml(title)}</${heading}>${lines}${last}</div></article>\n`;
}
