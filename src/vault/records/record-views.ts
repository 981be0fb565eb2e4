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
export interface NamespaceView {
  readonly namespace: string;
  /** The title of the permission for it. */
  readonly title: string;
  readonly records: readonly RecordRowView[];
}

export interface RecordsModel {
  readonly namespaces: readonly NamespaceView[];
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

export interface NamespaceContent {
  readonly namespace: string;
  readonly records: readonly RecordEntry[];
  readonly names: ReadonlyMap<string, string | null>;
  readonly catalogue: Catalogue;
  readonly locale: string;
}

const SHOWN_LENGTH = 120;

/** Presents one namespace on the page. */
export function presentNamespace({
  namespace,
  records,
  names,
  catalogue,
  locale,
}: NamespaceContent): NamespaceView {
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

/** All records that apps store with a person. */
export const recordsPage = page<RecordsModel>('vault/records.njk');

/** The form that changes one record. */
export const recordPage = page<RecordModel>('vault/record.njk');

/** The page that confirms the deletion of a record. */
export const removeRecordPage = page<RemoveRecordModel>('vault/remove-record.njk');
