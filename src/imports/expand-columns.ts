import { AppError } from '../platform/app-error.ts';
import { SETTINGS_OF_ACCOUNT } from './parse-account.ts';

const COLUMN = /^(?<claim>[^.]+)(?:\.(?<position>[1-9]\d?))?(?:\.(?<member>[a-z_]+))?$/;
const ADDRESS_MEMBERS = new Set([
  'formatted',
  'street_address',
  'locality',
  'region',
  'postal_code',
  'country',
]);
const OF_A_VALUE = new Set(['verified', 'label']);

interface Column {
  readonly claim: string;
  /** From 1. */
  readonly position: number;
  readonly member: string | null;
}

/**
 * Checks the header before anything is imported.
 * @param claims names of the claims that the vault keeps.
 * @throws AppError `columns_invalid`.
 */
export function checkColumns(columns: readonly string[], claims: readonly string[]): void {
  if (columns.length === 0)
    throw refusal('The file has no header line with the names of the columns.');
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw refusal(`The column ${quoteNames([twice])} is there twice.`);
  const unknown = columns.filter((name) => !isKnown(name, new Set(claims)));
  if (unknown.length === 0) return;
  throw refusal(
    `No such column: ${quoteNames(unknown)}. There are ${[...SETTINGS_OF_ACCOUNT].join(', ')} and the claims ${claims.join(', ')}; ` +
      'further values are "email.2", what belongs to a value is "email.verified" or "email.2.label", ' +
      'parts of an address are "address.locality".',
  );
}

const MOST_NAMES = 5;
const LONGEST_NAME = 60;

/** The first few names as JSON strings: content of a file cannot move the cursor of a terminal or fill its screen. */
function quoteNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(quoteName);
  const left = names.length - shown.length;
  return `${shown.join(', ')}${left > 0 ? ` and ${String(left)} more` : ''}`;
}

function quoteName(name: string): string {
  const isLong = name.length > LONGEST_NAME;
  const text = JSON.stringify(isLong ? `${name.slice(0, LONGEST_NAME)}...` : name);
  return text.replaceAll(
    /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function isKnown(name: string, claims: ReadonlySet<string>): boolean {
  if (SETTINGS_OF_ACCOUNT.has(name)) return true;
  const column = parseColumn(name);
  if (column === null || !claims.has(column.claim)) return false;
  const { claim, member } = column;
  if (member === null) return claim !== 'address';
  return OF_A_VALUE.has(member) || (claim === 'address' && ADDRESS_MEMBERS.has(member));
}

function parseColumn(name: string): Column | null {
  const { claim, position, member } = COLUMN.exec(name)?.groups ?? {};
  if (claim === undefined) return null;
  return { claim, position: Number(position ?? 1), member: member ?? null };
}

function refusal(detail: string): AppError {
  return new AppError('invalid', 'columns_invalid', { detail });
}

/** The cells of one line in the shape that a line of NDJSON has. */
export function expandColumns(cells: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>;
  const values = new Map<string, Map<number, Record<string, unknown>>>();
  for (const [name, cell] of Object.entries(cells)) {
    const column = SETTINGS_OF_ACCOUNT.has(name) ? null : parseColumn(name);
    if (column === null) fields[name] = cell;
    else put(values, column, cell);
  }
  for (const [claim, ofClaim] of values) {
    fields[claim] = [...ofClaim]
      .toSorted(([one], [other]) => one - other)
      .map(([, value]) => value);
  }
  return fields;
}

function put(
  values: Map<string, Map<number, Record<string, unknown>>>,
  { claim, position, member }: Column,
  cell: unknown,
): void {
  const ofClaim = values.get(claim) ?? new Map<number, Record<string, unknown>>();
  values.set(claim, ofClaim);
  const value = ofClaim.get(position) ?? {};
  ofClaim.set(position, value);
  if (member === null) value['value'] = cell;
  else if (OF_A_VALUE.has(member)) value[member] = cell;
  else value['value'] = { ...(value['value'] as object | undefined), [member]: cell };
}
