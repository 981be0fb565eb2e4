import { createHash } from 'node:crypto';

/** Marks the statements and fragments that were made here. No value from outside of this module has it, least of all one from JSON. */
const FRAGMENT = Symbol('SQL');

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
  readonly [FRAGMENT]: true;
}

/**
 * Writes one SQL statement as a template. Each `${value}` becomes a parameter and is never part of the text. A nested
 * `sql` template or {@link sql.identifier} becomes part of the text.
 * @example db.query<{ id: string }>(sql`select accounts.id from accounts where accounts.status = ${status}`)
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): SqlStatement {
  const shape = shapeOf(templates.get(strings) ?? newTemplate(strings), values);
  shape.statement ??= namedText(compose(strings, values));
  const { name, text } = shape.statement;
  return fragment(name, text, parametersOf(values));
}

/** A name of a table or column as a part of the text. Never for input from a request. */
sql.identifier = (name: string): SqlStatement => {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new TypeError(`not an SQL identifier: ${name}`);
  return fragment('', `"${name}"`, []);
};

/**
 * The columns and values of an insert: `(account_id, kind) values ($1, $2)` for `{ accountId, kind }`. The keys must be
 * written in the source; the order of the members is the order of the columns.
 * @example sql`insert into audit_events ${sql.values({ accountId, kind })}`
 */
sql.values = (row: Readonly<Record<string, unknown>>): SqlStatement => {
  const { columns, places } = columnsOf(row);
  const text = `(${columns}) values (${places})`;
  return fragment('', text, Object.values(row));
};

/**
 * As {@link sql.values} for an insert from a query: `(account_id, kind) select $1, $2`. With `from …` appended, it
 * inserts one row for each row of that query.
 * @example sql`insert into audit_events ${sql.selected({ accountId, kind })} from changed`
 */
sql.selected = (row: Readonly<Record<string, unknown>>): SqlStatement => {
  const { columns, places } = columnsOf(row);
  const text = `(${columns}) select ${places}`;
  return fragment('', text, Object.values(row));
};

/** Fragments with a comma between them, such as the members of a `with` clause. */
sql.list = (fragments: readonly SqlStatement[]): SqlStatement => {
  const shape = shapeOf(lists, fragments);
  shape.statement ??= { name: '', text: compose(separators(fragments.length), fragments) };
  const { text } = shape.statement;
  return fragment('', text, parametersOf(fragments));
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

const columnNames = new Map<string, string>();
const memberNames = new Map<string, string>();
const names = new Map<string, string>();
const columnLists = new Map<string, { readonly columns: string; readonly places: string }>();

function columnsOf(row: Readonly<Record<string, unknown>>) {
  const members = Object.keys(row);
  const key = `${String(members.length)} ${members.join()}`;
  const known = columnLists.get(key);
  if (known !== undefined) return known;
  const places = members.map((_member, index) => `$${String(index + 1)}`);
  const made = { columns: members.map(snakeCase).join(', '), places: places.join(', ') };
  columnLists.set(key, made);
  return made;
}

/**
 * A template with fragments of certain texts. Each one is composed once: the same statements are made for every request, and
 * their texts are long.
 */
interface Shape {
  statement?: Pick<SqlStatement, 'name' | 'text'>;
  /** By the text of the next fragment; undefined: the next value is a parameter. */
  readonly next: Map<string | undefined, Shape>;
}

const templates = new WeakMap<TemplateStringsArray, Shape>();
const lists: Shape = { next: new Map() };

function newTemplate(strings: TemplateStringsArray): Shape {
  const shape: Shape = { next: new Map() };
  templates.set(strings, shape);
  return shape;
}

function shapeOf(template: Shape, values: readonly unknown[]): Shape {
  let shape = template;
  for (const value of values) {
    const key = isFragment(value) ? value.text : undefined;
    let next = shape.next.get(key);
    if (next === undefined) {
      next = { next: new Map() };
      shape.next.set(key, next);
    }
    shape = next;
  }
  return shape;
}

function parametersOf(values: readonly unknown[]): readonly unknown[] {
  if (!values.some(isFragment)) return values;
  return values.flatMap((value) => (isFragment(value) ? value.values : [value]));
}

function namedText(text: string): Pick<SqlStatement, 'name' | 'text'> {
  return { name: nameOf(text), text };
}

/** PostgreSQL limits names to 63 bytes. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `s_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, name);
  return name;
}

/** The strings of a template that is `count` fragments with a comma between them. */
function separators(count: number): readonly string[] {
  return Array.from({ length: count + 1 }, (_part, index) =>
    index === 0 || index === count ? '' : ', ',
  );
}

/** The text of a template, with the parameters of its fragments renumbered. */
function compose(strings: readonly string[], values: readonly unknown[]): string {
  let text = strings[0] ?? '';
  let parameters = 0;
  for (const [index, value] of values.entries()) {
    if (isFragment(value)) {
      text += renumber(value.text, parameters);
      parameters += value.values.length;
    } else {
      parameters += 1;
      text += `$${String(parameters)}`;
    }
    text += strings[index + 1] ?? '';
  }
  return text;
}

function renumber(text: string, offset: number): string {
  return text.replaceAll(
    /\$(\d+)/g,
    (_match, place: string) => `$${String(Number(place) + offset)}`,
  );
}

function fragment(name: string, text: string, values: readonly unknown[]): SqlStatement {
  return { name, text, values, hasCamelCaseRows: true, [FRAGMENT]: true };
}

function isFragment(value: unknown): value is SqlStatement {
  return typeof value === 'object' && value !== null && FRAGMENT in value;
}
