import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { Catalogue } from '../../scopes/index.ts';
import type { RecordEntry } from './record.ts';

/** One record in a list. */
export interface RecordRowView {
  readonly key: string;
  readonly href: string;
  /** The beginning of the value as JSON. */
  readonly text: string;
  /** The app that wrote it last; null: the person, or an unknown writer. */
  readonly by: string | null;
  readonly updatedAt: Date;
}

/** One namespace with its records. */
export interface NamespacePart {
  readonly namespace: string;
  /** The title of the permission for it. */
  readonly title: string;
  readonly records: readonly RecordRowView[];
}

export interface RecordsModel {
  readonly namespaces: readonly NamespacePart[];
}

export interface RecordModel {
  readonly namespace: string;
  readonly key: string;
  readonly text: string;
  readonly version: string;
  readonly action: string;
  readonly removeHref: string;
  readonly formErrors: FormErrors | null;
}

export interface RemoveRecordModel {
  readonly namespace: string;
  readonly key: string;
  readonly action: string;
}

export interface NamespaceParts {
  readonly namespace: string;
  readonly records: readonly RecordEntry[];
  readonly names: ReadonlyMap<string, string | null>;
  readonly catalogue: Catalogue;
  readonly locale: string;
}

const SHOWN_LENGTH = 120;

/** Lays one namespace out for the page. */
export function presentNamespace(parts: NamespaceParts): NamespacePart {
  const { namespace, records, names, catalogue, locale } = parts;
  const scope = [...catalogue.byName.values()].find(
    (known) => known.kind === 'api' && known.records?.namespace === namespace,
  );
  return {
    namespace,
    title: scope?.title[locale === 'ru' ? 'ru' : 'en'] ?? namespace,
    records: records
      .map((record) => ({
        key: record.key,
        href: recordHref(record),
        text: shorten(JSON.stringify(record.value)),
        by: names.get(record.changedBy ?? '') ?? null,
        updatedAt: record.updatedAt,
      }))
      .toSorted((one, other) => one.key.localeCompare(other.key)),
  };
}

/** The path of a record's page; it contains neither key nor value. */
export function recordHref({ namespace, id }: Pick<RecordEntry, 'namespace' | 'id'>): string {
  return `/account/records/${encodeURIComponent(namespace)}/${id}`;
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= SHOWN_LENGTH
    ? text
    : `${characters.slice(0, SHOWN_LENGTH).join('')}\u2026`;
}

const SAMPLE_HREF = `/account/records/reading-lists/${'0'.repeat(64)}`;
const SAMPLE_ROW: RecordRowView = {
  key: 'books-that-i-would-like-to-read-before-the-end-of-this-year',
  href: SAMPLE_HREF,
  text: '{"title":"The Count of Monte Cristo","pages":1276,"authors":["Alexandre Dumas","Auguste Maquet"]}',
  by: 'Night Library',
  updatedAt: new Date('2026-11-20T12:00:00Z'),
};

/** Everything that apps keep with a person. */
export const recordsPage = page<RecordsModel>('vault/records.njk', {
  namespaces: [
    {
      namespace: 'reading-lists',
      title: 'Your reading lists',
      records: [SAMPLE_ROW, { ...SAMPLE_ROW, key: 'shelf', by: null }],
    },
  ],
});

/** One record, to be changed. */
export const recordPage = page<RecordModel>('vault/record.njk', {
  namespace: 'reading-lists',
  key: SAMPLE_ROW.key,
  text: '{\n  "pages": 1276\n}',
  version: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  action: SAMPLE_HREF,
  removeHref: `${SAMPLE_HREF}/remove`,
  formErrors: { text: 'record_not_json' },
});

/** The page that confirms the deletion of a record. */
export const removeRecordPage = page<RemoveRecordModel>('vault/remove-record.njk', {
  namespace: 'reading-lists',
  key: SAMPLE_ROW.key,
  action: `${SAMPLE_HREF}/remove`,
});
