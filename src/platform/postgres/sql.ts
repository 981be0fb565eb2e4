import { createHash } from 'node:crypto';

/**
 * A prepared statement with its values. Its name is derived from its text, so that PostgreSQL parses and plans each text
 * once per connection.
 */
export interface SqlStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Columns of the result arrive in camel case: `created_at` as `createdAt`. */
  readonly hasCamelCaseRows: true;
}

/**
 * Writes one SQL statement as a template. Each `${value}` becomes a parameter and is never part of the text. A nested
 * `sql` template or {@link sql.identifier} becomes part of the text.
 * @example db.query<{ id: string }>(sql`select accounts.id from accounts where accounts.status = ${status}`)
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): SqlStatement {
  const known = plainTemplates.get(strings);
  if (known !== undefined) return { ...known, values, hasCamelCaseRows: true };
  const parameters: unknown[] = [];
  const text = compose(strings, values, parameters);
  const statement = { name: nameOf(text), text };
  if (!values.some(isFragment)) plainTemplates.set(strings, statement);
  return { ...statement, values: parameters, hasCamelCaseRows: true };
}

/** A name of a table or column as a part of the text. Never for input from a request. */
sql.identifier = (name: string): SqlStatement => {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new TypeError(`not an SQL identifier: ${name}`);
  return { name: '', text: `"${name}"`, values: [], hasCamelCaseRows: true };
};

/**
 * The columns and values of an insert: `(account_id, kind) values ($1, $2)` for `{ accountId, kind }`. The keys must be
 * written in the source; the order of the members is the order of the columns.
 * @example sql`insert into audit_events ${sql.values({ accountId, kind })}`
 */
sql.values = (row: Readonly<Record<string, unknown>>): SqlStatement => {
  const columns = Object.keys(row).map(snakeCase);
  const places = columns.map((_column, index) => `$${String(index + 1)}`);
  const text = `(${columns.join(', ')}) values (${places.join(', ')})`;
  return { name: '', text, values: Object.values(row), hasCamelCaseRows: true };
};

/**
 * As {@link sql.values} for an insert from a query: `(account_id, kind) select $1, $2`. With `from …` appended, it
 * inserts one row for each row of that query.
 * @example sql`insert into audit_events ${sql.selected({ accountId, kind })} from changed`
 */
sql.selected = (row: Readonly<Record<string, unknown>>): SqlStatement => {
  const columns = Object.keys(row).map(snakeCase);
  const places = columns.map((_column, index) => `$${String(index + 1)}`);
  const text = `(${columns.join(', ')}) select ${places.join(', ')}`;
  return { name: '', text, values: Object.values(row), hasCamelCaseRows: true };
};

/** Fragments with a comma between them, such as the members of a `with` clause. */
sql.list = (fragments: readonly SqlStatement[]): SqlStatement => {
  const values: unknown[] = [];
  const text = fragments.map((fragment) => insert(fragment, values)).join(', ');
  return { name: '', text, values, hasCamelCaseRows: true };
};

/** `createdAt` becomes `created_at`. */
function snakeCase(name: string): string {
  const known = memberNames.get(name);
  if (known !== undefined) return known;
  const column = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (!/^[a-z_][a-z0-9_]*$/.test(column)) throw new TypeError(`not an SQL identifier: ${name}`);
  memberNames.set(name, column);
  return column;
}

/** `created_at` becomes `createdAt`. */
export function camelCase(column: string): string {
  const known = columnNames.get(column);
  if (known !== undefined) return known;
  const name = column.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
  columnNames.set(column, name);
  return name;
}

const plainTemplates = new WeakMap<TemplateStringsArray, Pick<SqlStatement, 'name' | 'text'>>();
const columnNames = new Map<string, string>();
const memberNames = new Map<string, string>();
const names = new Map<string, string>();

/** PostgreSQL limits names to 63 bytes. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `s_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, name);
  return name;
}

function compose(
  strings: readonly string[],
  values: readonly unknown[],
  parameters: unknown[],
): string {
  return strings
    .map((part, index) => {
      if (index === values.length) return part;
      return `${part}${insert(values[index], parameters)}`;
    })
    .join('');
}

function insert(value: unknown, parameters: unknown[]): string {
  if (!isFragment(value)) return `$${String(parameters.push(value))}`;
  const offset = parameters.length;
  parameters.push(...value.values);
  return value.text.replaceAll(
    /\$(\d+)/g,
    (_match, place: string) => `$${String(Number(place) + offset)}`,
  );
}

function isFragment(value: unknown): value is SqlStatement {
  return typeof value === 'object' && value !== null && 'hasCamelCaseRows' in value;
}
