import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import { type Catalogue } from '../../scopes/index.ts';
import type { RecordEntry } from './record.ts';
import { textIn } from '../../platform/languages.ts';

const SHOWN_LENGTH = 120;

/** Presents one namespace on the page. */
export function presentNamespace({
  namespace,
  records,
  names,
  catalogue,
  locale,
}: {
  readonly namespace: string;
  readonly records: readonly RecordEntry[];
  /** Client id -> name of the app, null when it no longer exists. */
  readonly names: ReadonlyMap<string, string | null>;
  readonly catalogue: Catalogue;
  readonly locale: string;
}) {
  const scope = [...catalogue.byName.values()].find(
    (known) => known.kind === 'api' && known.records?.namespace === namespace,
  );
  return {
    namespace,
    // The title of the permission for it.
    title: scope === undefined ? namespace : textIn(scope.title, locale),
    records: records
      .map((record) => ({
        key: record.key,
        href: recordHref(record),
        // The beginning of the value.
        text: shorten(JSON.stringify(record.value)),
        // The app that wrote it last; null: the person, or unknown.
        by: names.get(record.changedBy ?? '') ?? null,
        updatedAt: record.updatedAt,
      }))
      .toSorted((one, other) => one.key.localeCompare(other.key)),
  };
}

export type NamespaceView = ReturnType<typeof presentNamespace>;

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
export const recordsPage = page<{ readonly namespaces: readonly NamespaceView[] }>(
  'vault/records.njk',
);

/** The form that changes one record. */
export const recordPage = page<{
  readonly namespace: string;
  readonly key: string;
  readonly text: string;
  readonly version: string;
  readonly action: string;
  readonly removeHref: string;
  readonly formErrors: FormErrors | null;
}>('vault/record.njk');

/** The page that confirms the deletion of a record. */
export const removeRecordPage = page<{
  readonly namespace: string;
  readonly key: string;
  readonly action: string;
}>('vault/remove-record.njk');
