import { expect } from 'chai';

import { startJobRunner } from '../../src/platform/jobs/job-runner.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { waitFor } from '../support/wait-for.ts';

interface Queue {
  readonly name: string;
  readonly failed: number;
}

describe('Background jobs', () => {
  let server: TestServer;
  let administrator: Visitor;
  let person: Visitor;

  before(async () => {
    server = await startTestServer();
    const { connected, url } = server;
    const admin = await createPerson(connected, { isAdministrator: true });
    administrator = await signedInVisitor(url, admin);
    person = await signedInVisitor(url, await createPerson(connected));
  });
  after(() => server?.stop());

  const queues = async (): Promise<readonly Queue[]> =>
    (await callApi(administrator, 'GET', `${server.url}/api/v1/jobs`)).json() as Promise<Queue[]>;
  const failedOf = async (name: string): Promise<number | undefined> =>
    (await queues()).find((queue) => queue.name === name)?.failed;

  /** Runs a job that fails at its only attempt. */
  async function failOne(name: string): Promise<void> {
    const { db, jobs } = server.connected;
    const runner = await startJobRunner({
      url: server.databaseUrl,
      log: createLogger({ level: 'silent' }),
      kinds: [{ name, run: () => Promise.reject(new Error('no')) }],
      runsSchedules: false,
    });
    await db.transaction((tx) => jobs.enqueue(tx, { name, data: {}, maxAttempts: 1 }));
    await waitFor('the failed job', async () => (await failedOf(name)) === 1, 10_000);
    await runner.stop();
  }

  it('are listed for administrators', async () => {
    const names = (await queues()).map(({ name }) => name);
    expect(names).to.include.members(['send-mail', 'purge-tokens', 'measure-revocation']);
  });

  it('that failed can be retried by administrators through the API and on the page', async () => {
    await failOne('broken-thing');
    const answer = await callApi(
      administrator,
      'POST',
      `${server.url}/api/v1/jobs/broken-thing/retry`,
    );
    expect(await answer.json()).to.deep.equal({ retried: 1 });
    expect(await failedOf('broken-thing')).to.equal(0);

    await failOne('other-thing');
    await administrator.get(`${server.url}/admin/jobs`);
    await administrator.submitForm('form[action$="/other-thing/retry"]');
    expect(administrator.page.text).to.include('1 job will be tried again');
    expect(await failedOf('other-thing')).to.equal(0);
  });

  it('of an unknown name are not found', async () => {
    const answer = await callApi(administrator, 'POST', `${server.url}/api/v1/jobs/unknown/retry`);
    expect(answer.status).to.equal(404);
  });

  it('are refused to other people', async () => {
    expect((await callApi(person, 'GET', `${server.url}/api/v1/jobs`)).status).to.equal(403);
    expect((await person.get(`${server.url}/admin/jobs`)).status).to.equal(403);
    const retry = await callApi(person, 'POST', `${server.url}/api/v1/jobs/send-mail/retry`);
    expect(retry.status).to.equal(403);
  });
});
