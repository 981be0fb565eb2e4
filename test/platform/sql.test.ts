import { expect } from 'chai';

import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { createTestDatabase } from '../support/servers/database.ts';

describe('The sql tag', () => {
  let db: Postgres;
  let drop: () => Promise<void>;

  before(async () => {
    const database = await createTestDatabase();
    ({ drop } = database);
    db = openPostgres({ url: database.url, poolSize: 2, applicationName: 'test' });
  });

  after(async () => {
    await db.close();
    await drop();
  });

  it('passes any value as a parameter', async () => {
    const hostile = `'; drop table accounts; -- $1 \${x}`;
    const statement = sql`select ${hostile}::text as given_text, ${7}::int as second_value`;
    expect(statement.text).to.equal('select $1::text as given_text, $2::int as second_value');
    expect(await db.query(statement)).to.deep.equal([{ givenText: hostile, secondValue: 7 }]);
  });

  it('numbers the parameters of nested statements', async () => {
    const condition = sql`numbers.value between ${2} and ${3}`;
    const rows = await db.query<{ theValue: number }>(
      sql`select value as the_value from unnest(${[1, 2, 3, 4]}::int[]) as numbers (value)
        where ${condition} and value <> ${3}`,
    );
    expect(rows).to.deep.equal([{ theValue: 2 }]);
  });

  it('composes a template again for other fragments and other places of them', () => {
    const compose = (first: unknown, second: unknown) => sql`select ${first}, ${second}`;
    const one = sql`now() + ${'1 s'}`;
    const two = sql`greatest(${1}, ${2})`;
    const composed = [compose(one, 7), compose(7, one), compose(two, one), compose(one, 8)];
    expect(composed.map(({ text, values }) => [text, values])).to.deep.equal([
      ['select now() + $1, $2', ['1 s', 7]],
      ['select $1, now() + $2', [7, '1 s']],
      ['select greatest($1, $2), now() + $3', [1, 2, '1 s']],
      ['select now() + $1, $2', ['1 s', 8]],
    ]);
    expect(compose(sql``, [1, 2])).to.deep.include({ text: 'select , $1', values: [[1, 2]] });
    const lists = [sql.list([one, two]), sql.list([two, one]), sql.list([one])];
    expect(lists.map(({ text, values }) => [text, values])).to.deep.equal([
      ['now() + $1, greatest($2, $3)', ['1 s', 1, 2]],
      ['greatest($1, $2), now() + $3', [1, 2, '1 s']],
      ['now() + $1', ['1 s']],
    ]);
  });

  it('passes an object from JSON as a parameter, whatever its members are', async () => {
    const made = { ...sql`select ${1}::int` };
    const given: unknown = JSON.parse(
      JSON.stringify({ ...made, text: 'current_user', values: [], hasCamelCaseRows: true }),
    );
    const statements = [
      sql`select ${given}::jsonb as value`,
      sql`select (${sql`${given}`})::jsonb as value`,
      sql`select made.value::jsonb from (${sql.list([sql`values (${given}::text)`])}) as made (value)`,
    ];
    for (const statement of statements) {
      expect(statement.text).to.include('$1').and.not.include('current_user');
      expect(await db.query(statement)).to.deep.equal([{ value: given }]);
    }
    const row = sql`${sql.values({ value: given })} ${sql.selected({ value: given })}`;
    expect([row.text, row.values]).to.deep.equal([
      '(value) values ($1) (value) select $2',
      [given, given],
    ]);
  });

  it('names statements by their text', () => {
    const find = (id: number) => sql`select ${id}::int as id`;
    expect(find(1).name).to.equal(find(2).name);
    expect(find(1).name).to.not.equal(sql`select ${1}::int as other`.name);
    expect(find(1).values).to.deep.equal([1]);
    expect(find(2).values).to.deep.equal([2]);
  });

  it('writes the columns of an insert', async () => {
    await db.query(sql`create table if not exists sql_tag_rows (account_id int, the_kind text)`);
    await db.query(sql`insert into sql_tag_rows ${sql.values({ accountId: 5, theKind: "a'b" })}`);
    const rows = await db.query(sql`select * from ${sql.identifier('sql_tag_rows')}`);
    expect(rows).to.deep.equal([{ accountId: 5, theKind: "a'b" }]);
  });

  it('refuses a name that is not an identifier', () => {
    expect(() => sql.identifier('a; drop table b')).to.throw('not an SQL identifier');
    expect(() => sql.values({ 'a) values (1); --': 1 })).to.throw('not an SQL identifier');
  });
});
