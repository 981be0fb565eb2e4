import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import { type Catalogue } from '../../scopes/index.ts';
import type { JsonValue, RecordEntry } from './record.ts';
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
        ...beginningOf(record.value),
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

/** A part of a value: a member of an object, an entry of a list, or the whole value. */
interface ValuePart {
  /** The names of the members that lead to it; positions begin with 1. Empty for a whole value. */
  readonly name: string;
  /** Empty for an answer. */
  readonly text: string;
  /** A truth value, which has words in each language. */
  readonly answer: 'yes' | 'no' | null;
}

/** The first parts of a value, so that people can read it who do not know JSON. */
function beginningOf(value: JsonValue): { parts: ValuePart[]; isCut: boolean } {
  const parts: ValuePart[] = [];
  let left = SHOWN_LENGTH;
  for (const part of partsOf(value)) {
    const text = [...part.text];
    if (left <= part.name.length) return { parts, isCut: true };
    left -= part.name.length + text.length;
    const shown = left < 0 ? { ...part, text: text.slice(0, left).join('') } : part;
    parts.push(shown);
    if (left < 0) return { parts, isCut: true };
  }
  return { parts, isCut: false };
}

function* partsOf(value: JsonValue, name = ''): Generator<ValuePart> {
  if (typeof value === 'boolean') yield { name, text: '', answer: value ? 'yes' : 'no' };
  else if (typeof value !== 'object' || value === null)
    yield { name, text: String(value ?? NOTHING), answer: null };
  else {
    const members = Object.entries<JsonValue>(value);
    if (members.length === 0) yield { name, text: NOTHING, answer: null };
    for (const [member, inner] of members) {
      const own = Array.isArray(value) ? String(Number(member) + 1) : member;
      yield* partsOf(inner, name === '' ? own : `${name} ${own}`);
    }
  }
}

const NOTHING = '\u2013';

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
