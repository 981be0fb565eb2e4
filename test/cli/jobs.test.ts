import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { TEST_ENVIRONMENT } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startNode, type ServerNode } from '../support/servers/node.ts';
import { startSmtp, type MailCatcher } from '../support/servers/smtp.ts';
import { visitorAt } from '../support/people/people.ts';
import { waitFor } from '../support/wait-for.ts';
import { runCommand } from './run-command.ts';
import { childEnvironment } from '../support/servers/child-environment.ts';

const COMMAND = fileURLToPath(new URL('../../src/cli/consentry.js', import.meta.url));

describe('consentry jobs', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let smtp: MailCatcher;
  let node: ServerNode;
  let worker: ChildProcess | undefined;

  before(async () => {
    database = await createTestDatabase();
    smtp = await startSmtp();
    node = await startNode({
      databaseUrl: database.url,
      env: { RUN_JOBS: 'false', SMTP_URL: smtp.url },
    });
  });
  after(async () => {
    worker?.kill('SIGKILL');
    await node?.stop();
    await smtp?.stop();
    await database?.drop();
  });

  const settings = () => ({
    ...TEST_ENVIRONMENT,
    DATABASE_URL: database.url,
    SMTP_URL: smtp.url,
    ISSUER: node.issuer,
  });

  it('runs the jobs of a server that runs none, and stops in order', async () => {
    const visitor = visitorAt(node.issuer);
    await visitor.get('/account');
    await visitor.follow('a[href*="register"]');
    await visitor.submitForm('form[action$="/register"]', {
      email: 'new@example.org',
      password: 'a long enough password of mine',
    });
    const list = await runCommand(['jobs', 'list'], settings());
    expect(list.output).to.match(/^send-mail +1 +0 +0/m);
    expect(smtp.messages).to.have.length(0);

    worker = spawn(process.execPath, [COMMAND, 'jobs'], {
      env: childEnvironment(settings()),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const mail = await smtp.waitFor(({ to }) => to === 'new@example.org');
    expect(mail.subject).to.match(/^\d{6} /);
    await waitFor(
      'the job to be counted as done',
      async () => {
        const { output } = await runCommand(['jobs', 'list'], settings());
        return /^send-mail +0 +0 +0 +- +20/m.test(output);
      },
      20_000,
    );

    worker.kill('SIGTERM');
    const [code] = (await once(worker, 'exit')) as [number | null];
    expect(code).to.equal(0);
  });
});
