import { fileURLToPath } from 'node:url';

import { createFormats, type Formats } from '../http/pages/formats.ts';
import { createTranslator, type Translator } from '../http/pages/i18n.ts';
import type {
  ExportLocale,
  ExportRecord,
  ExportSection,
  ExportSubject,
  ExportWords,
} from './export-section.ts';

/** The heading of both documents of an export. */
export interface DocumentHead {
  readonly subject: ExportSubject;
  readonly issuer: string;
  readonly exportedAt: Date;
}

/** Called after each section. @throws Error to end the export. */
export type SectionDone = () => Promise<void>;

const VIEWS = fileURLToPath(new URL('../../views', import.meta.url));

/** Words of the exports, read when the first one is made. */
export function createExportWords(): ExportWords {
  let translator: Translator | undefined;
  return (locale, key, values = {}) => {
    translator ??= createTranslator({ viewsFolder: VIEWS, isStrict: false });
    return translator.translate({ locale, namespace: 'exports', key, values });
  };
}

/** `data.json`, piece by piece. */
export async function* writeJson(
  sections: readonly ExportSection[],
  { subject, issuer, exportedAt }: DocumentHead,
  done: SectionDone,
): AsyncGenerator<string> {
  const head = JSON.stringify({ format: 'consentry-export/1', issuer, exportedAt });
  yield `${head.slice(0, -1)},"sections":{`;
  for (const [index, section] of sections.entries()) {
    yield `${index === 0 ? '' : ','}\n${JSON.stringify(section.name)}:[`;
    let separator = '';
    for await (const { data } of section.read(subject)) {
      yield `${separator}\n${JSON.stringify(data)}`;
      separator = ',';
    }
    yield ']';
    await done();
  }
  yield '}}\n';
}

/** The same for reading: one page that needs nothing beside it, piece by piece. */
export async function* writeHtml(
  sections: readonly ExportSection[],
  head: DocumentHead & { readonly words: ExportWords },
  done: SectionDone,
): AsyncGenerator<string> {
  const { subject, exportedAt, words, issuer } = head;
  const { locale } = subject;
  const page: Page = { locale, words, formats: createFormats({ locale, now: exportedAt }) };
  const say = (key: string, values = {}) => escape(words(locale, `exports:${key}`, values));
  yield `<!doctype html><html lang="${locale}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${say('document.title')}</title><style>${STYLE}</style></head><body><header><h1>${say('document.title')}</h1>
<p>${say('document.lead', { issuer, date: page.formats.dateTime(exportedAt) })}</p></header>
<nav aria-label="${say('document.contents')}"><ul>${sections
    .map(({ name }) => `<li><a href="#${name}">${say(`section.${name}.title`)}</a></li>`)
    .join('')}</ul></nav><main>\n`;
  for (const section of sections) {
    yield `<section id="${section.name}"><h2>${say(`section.${section.name}.title`)}</h2>\n`;
    let isEmpty = true;
    for await (const record of section.read(subject)) {
      isEmpty = false;
      yield writeRecord(record, section.fields, page);
    }
    yield isEmpty
      ? `<p class="none">${say(`section.${section.name}.none`)}</p></section>\n`
      : '</section>\n';
    await done();
  }
  yield '</main></body></html>\n';
}

interface Page {
  readonly locale: ExportLocale;
  readonly words: ExportWords;
  readonly formats: Formats;
}

function writeRecord(
  { heading, data }: ExportRecord,
  fields: readonly string[],
  page: Page,
): string {
  const rows = fields.flatMap((field) => {
    const text = writeValue(field, data[field], page);
    return text === '' ? [] : [`<dt>${label(field, page)}</dt><dd>${text}</dd>`];
  });
  return `<article><h3>${escape(heading)}</h3><dl>${rows.join('')}</dl></article>\n`;
}

function label(field: string, { locale, words }: Page): string {
  return escape(words(locale, [`exports:field.${field}`, 'exports:field.other'], { field }));
}

/** Safe text, or nothing for a missing value. */
function writeValue(field: string, value: unknown, page: Page): string {
  const { locale, words, formats } = page;
  if (value === null || value === undefined || value === '') return '';
  if (value instanceof Date) {
    return `<time datetime="${value.toISOString()}">${escape(formats.dateTime(value))}</time>`;
  }
  if (typeof value === 'boolean')
    return escape(words(locale, value ? 'exports:yes' : 'exports:no'));
  if (typeof value === 'number') return escape(formats.number(value));
  if (typeof value === 'string') return escape(wordFor(field, value, page) ?? value);
  if (Array.isArray(value)) {
    const items = value.map((one) => writeValue(field, one, page)).filter((text) => text !== '');
    return items.length === 0 ? '' : `<ul>${items.map((text) => `<li>${text}</li>`).join('')}</ul>`;
  }
  const members = Object.entries(value).flatMap(([name, member]) => {
    const text = writeValue(name, member, page);
    return text === '' ? [] : [`<dt>${label(name, page)}</dt><dd>${text}</dd>`];
  });
  return members.length === 0 ? '' : `<dl>${members.join('')}</dl>`;
}

/** The text for a value that is one of a few; any other value is shown untranslated. */
function wordFor(field: string, value: string, { locale, words }: Page): string | null {
  if (!/^[a-z0-9_]{1,40}$/.test(value)) return null;
  const missing = words(locale, 'exports:missing');
  const word = words(locale, [`exports:word.${field}.${value}`, 'exports:missing']);
  return word === missing ? null : word;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

// The page is kept as a file and read without the server, so its styles are in it.
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1.5rem;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}h2{font-size:1.375rem;line-height:1.25;margin:2.5rem 0 1rem;border-top:1px solid;padding-top:1rem}
h3{font-size:1rem;margin:0 0 .5rem}nav ul{columns:14rem;padding-left:1.25rem}article{margin:0 0 1.25rem;break-inside:avoid}
dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.125rem 1rem;margin:0}dt{opacity:.75}dd{margin:0;white-space:pre-line}
dd ul{margin:0;padding-left:1.25rem}.none{opacity:.75}@media(max-width:480px){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
@media print{nav{display:none}body{padding:0}}`;
