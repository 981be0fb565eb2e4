import { expect } from 'chai';

import { everyCell } from '../../deletions/database-copy.ts';
import { openPostgres } from '../../../src/platform/postgres/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { startNode, type ServerNode } from '../../support/servers/node.ts';
import { callApi } from '../../support/people/console-visitor.ts';
import { PASSWORD, visitorAt } from '../../support/people/people.ts';
import { startSmtp, type MailCatcher } from '../../support/servers/smtp.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const EMAIL = 'zinaida.serebryakova@lanceray.example';
const NAME = 'Zinaida Serebryakova';
const SECOND = 'zina@studio.example';
const PHONE = '+358401234567';
const PERSONAL = [EMAIL, encodeURIComponent(EMAIL), NAME, encodeURIComponent(NAME), SECOND, PHONE];

describe('Personal values over the whole life of an account', function () {
  this.timeout(60_000);
  let mail: MailCatcher;
  let database: TestDatabase;
  let node: ServerNode;
  let visitor: Visitor;
  const urls: string[] = [];
  const answers: string[] = [];
  const codes: string[] = [];

  before(async () => {
    mail = await startSmtp();
    database = await createTestDatabase();
    node = await startNode({
      databaseUrl: database.url,
      env: {
        LOG_LEVEL: 'debug',
        SMTP_URL: mail.url,
        MAIL_FROM: 'Consentry <no-reply@consentry.example>',
        DELETION_RETENTION_DAYS: '0',
      },
    });
    visitor = visitorAt(node.issuer);
    await live();
  });
  after(async () => {
    await node?.stop();
    await database?.drop();
    await mail?.stop();
  });

  function note(): void {
    urls.push(...visitor.page.trail.map(({ href }) => href));
  }

  async function live(): Promise<void> {
    await register();
    await useApi();
    await signInWrongly();
    await deleteAccount();
  }

  async function register(): Promise<void> {
    await visitor.get('/account');
    await visitor.follow('a[href$="/register"]');
    await visitor.submitForm('form[action$="/register"]', {
      email: EMAIL,
      name: NAME,
      password: PASSWORD,
    });
    note();
    const { text } = await mail.waitFor(({ to }) => to.includes(EMAIL));
    const code = /\b\d{6}\b/.exec(text)?.[0] ?? '';
    codes.push(code);
    await visitor.submitForm('form[action*="/confirm/"]', { code });
    note();
  }

  async function useApi(): Promise<void> {
    const api = `${node.issuer}/api/v1/account`;
    const add = (claim: string, value: unknown) =>
      callApi(visitor, 'POST', `${api}/attributes`, { claim, value });
    expect((await add('email', SECOND)).status).to.equal(201);
    expect((await add('phone_number', PHONE)).status).to.equal(201);
    // Refusals name fields and codes, never the sent value.
    for (const [claim, value] of [
      ['email', `${EMAIL} ${NAME}`],
      ['birthdate', NAME],
      ['nothing', NAME],
    ] as const) {
      const answer = await add(claim, value);
      expect(answer.status).to.be.oneOf([400, 404, 409, 422]);
      answers.push(await answer.text());
    }
    answers.push(
      await (
        await callApi(visitor, 'POST', `${api}/attributes`, {
          claim: 'name',
          value: NAME,
          extra: EMAIL,
        })
      ).text(),
    );
  }

  async function signInWrongly(): Promise<void> {
    const attacker = visitorAt(node.issuer);
    await attacker.get('/account');
    await attacker.submitForm('form[action$="/sign-in"]', {
      identifier: EMAIL,
      password: `wrong ${NAME}`,
    });
    urls.push(...attacker.page.trail.map(({ href }) => href));
  }

  async function deleteAccount(): Promise<void> {
    await visitor.get('/account/delete');
    await visitor.submitForm('form[action="/account/delete"]', { confirmation: 'delete' });
    note();
    await mail.waitFor(({ subject }) => subject === 'Your data has been destroyed');
  }

  const findIn = (text: string, values: readonly string[] = [...PERSONAL, ...codes, PASSWORD]) =>
    values.filter((value) => text.includes(value));

  it('are not in the log at debug level', () => {
    expect(node.output()).to.match(/"level":20|"level":"debug"|"msg"/);
    expect(findIn(node.output())).to.deep.equal([]);
  });

  it('are not in addresses', () => {
    expect(urls.length).to.be.above(5);
    expect(findIn(urls.join('\n'))).to.deep.equal([]);
  });

  it('are not in errors', () => {
    expect(answers).to.have.length(4);
    expect(findIn(answers.join('\n'))).to.deep.equal([]);
  });

  it('are not in metrics', async () => {
    const metrics = await fetch(`${node.url}/metrics`);
    expect(findIn(await metrics.text())).to.deep.equal([]);
  });

  it('are not in plain text in any table, including finished jobs', async () => {
    const db = openPostgres({ url: database.url, poolSize: 1, applicationName: 'test' });
    try {
      const cells = await everyCell(db);
      expect(cells.some(({ where }) => where.startsWith('pgboss.job'))).to.equal(true);
      const found = cells.filter(({ text }) => findIn(text).length > 0).map(({ where }) => where);
      expect(found).to.deep.equal([]);
    } finally {
      await db.close();
    }
  });
});
