import { escapeHtml } from '../platform/escape-html.ts';
import type { ExportRecord, ExportSection, ExportSubject, ExportWords } from './export-section.ts';

/** The input of both documents of an export. */
export interface DocumentInput {
  readonly sections: readonly ExportSection[];
  readonly subject: ExportSubject;
  readonly issuer: string;
  readonly exportedAt: Date;
  readonly words: ExportWords;
  /** Called after each section. @throws Error to end the export. */
  readonly onSectionDone: () => Promise<void>;
}

/** `data.json`, piece by piece. */
export async function* writeJson(input: DocumentInput): AsyncGenerator<string> {
  const { sections, subject, issuer, exportedAt, onSectionDone } = input;
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
    await onSectionDone();
  }
  yield '}}\n';
}

/** The same content as one readable page without references to other files, piece by piece. */
export async function* writeHtml(input: DocumentInput): AsyncGenerator<string> {
  const { sections, subject, exportedAt, words, issuer, onSectionDone } = input;
  const { locale, timeZone } = subject;
  const formats = words.formats({ locale, now: exportedAt, timeZone });
  const translate: Page['translate'] = (key, values) =>
    escapeHtml(words.translate(locale, key, values));
  const page: Page = { translate, formats };
  const text = (key: string, values = {}) => translate(`exports:${key}`, values);
  yield `<!doctype html><html lang="${locale}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${text('document.title')}</title><style>${STYLE}</style></head><body><header><h1>${text('document.title')}</h1>
<p>${text('document.lead', { issuer, date: page.formats.dateTime(exportedAt) })}</p></header>
<nav aria-label="${text('document.contents')}"><ul>${sections
    .map(({ name }) => `<li><a href="#${name}">${text(`section.${name}.title`)}</a></li>`)
    .join('')}</ul></nav><main>\n`;
  for (const section of sections) {
    yield `<section id="${section.name}"><h2>${text(`section.${section.name}.title`)}</h2>\n`;
    let isEmpty = true;
    for await (const record of section.read(subject)) {
      if (record.isRepeated === true) continue;
      isEmpty = false;
      yield writeRecord(record, section.fields, page);
    }
    yield isEmpty
      ? `<p class="none">${text(`section.${section.name}.none`)}</p></section>\n`
      : '</section>\n';
    await onSectionDone();
  }
  yield '</main></body></html>\n';
}

interface Page {
  /** A translation as safe text. */
  readonly translate: (
    key: string | readonly string[],
    values?: Readonly<Record<string, unknown>>,
  ) => string;
  readonly formats: ReturnType<ExportWords['formats']>;
}

function writeRecord(
  { heading, data, shown = {} }: ExportRecord,
  fields: readonly string[],
  page: Page,
): string {
  const members = writeMembers(
    fields.map((field) => [field, shown[field] ?? data[field]]),
    page,
  );
  return `<article><h3>${escapeHtml(heading)}</h3><dl>${members}</dl></article>\n`;
}

/** Members for programs; they are in `data.json` only. */
const INTERNAL: ReadonlySet<string> = new Set([
  'attributeId',
  'clientId',
  'id',
  'keptVersion',
  'purposeVersion',
  'resource',
  'seenDuration',
  'version',
]);

/** Definitions of the members that have a value; empty without any. */
function writeMembers(members: readonly (readonly [string, unknown])[], page: Page): string {
  return members
    .filter(([name]) => !INTERNAL.has(name))
    .map(([name, value]) => [name, writeValue(name, value, page)] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => {
      if (name === 'jws') {
        const code = page.translate('exports:field.jws');
        return `<dd class="code"><details><summary>${code}</summary>${text}</details></dd>`;
      }
      const label = page.translate([`exports:field.${name}`, 'exports:field.other'], {
        field: name,
      });
      return `<dt>${label}</dt><dd>${text}</dd>`;
    })
    .join('');
}

/** Safe text, or nothing for a missing value. */
function writeValue(field: string, value: unknown, page: Page): string {
  const { translate, formats } = page;
  if (value === null || value === undefined || value === '') return '';
  if (value instanceof Date) {
    return `<time datetime="${value.toISOString()}">${escapeHtml(formats.dateTime(value))}</time>`;
  }
  if (typeof value === 'boolean') return translate(value ? 'exports:yes' : 'exports:no');
  if (typeof value === 'number') return escapeHtml(formats.number(value));
  if (typeof value === 'string') return wordFor(field, value, page) ?? escapeHtml(value);
  if (Array.isArray(value)) {
    const items = value.map((one) => writeValue(field, one, page)).filter((text) => text !== '');
    return items.length === 0 ? '' : `<ul>${items.map((text) => `<li>${text}</li>`).join('')}</ul>`;
  }
  const members = writeMembers(Object.entries(value), page);
  return members === '' ? '' : `<dl>${members}</dl>`;
}

/** The translation of a value from a fixed list; null for any other value. */
function wordFor(field: string, value: string, { translate }: Page): string | null {
  if (!/^[a-z0-9_]{1,40}$/.test(value)) return null;
  const missing = translate('exports:missing');
  const word = translate([`exports:word.${field}.${value}`, 'exports:missing']);
  return word === missing ? null : word;
}

// The page is stored as a file and read without the server, so its styles are in it.
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1.5rem;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}h2{font-size:1.375rem;line-height:1.25;margin:2.5rem 0 1rem;border-top:1px solid;padding-top:1rem}
h3{font-size:1rem;margin:0 0 .5rem}nav ul{columns:14rem;padding-left:1.25rem}article{margin:0 0 1.25rem;break-inside:avoid}
dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.125rem 1rem;margin:0}dt{opacity:.75}dd{margin:0;white-space:pre-line}
dd.code{grid-column:1/-1;overflow-wrap:anywhere}dd ul{margin:0;padding-left:1.25rem}.none{opacity:.75}@media(max-width:480px){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
@media print{nav{display:none}body{padding:0}}`;
