import { expect } from 'chai';

import { startJobRunner } from '../../src/platform/jobs/job-runner.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { callApi, signedInVisitor } from '../support/console-visitor.ts';
import { createPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';
import { waitFor } from '../support/wait-for.ts';

interface Queue {
  readonly name: string;
  readonly failed: number;
}

describe('Background jobs, for administrators', () => {
  let server: TestServer;
  let administrator: Visitor;
  let somebody: Visitor;

  before(async () => {
    server = await startTestServer();
    const { connected, url } = server;
    const person = await createPerson(connected, { isAdministrator: true });
    administrator = await signedInVisitor(url, person);
    somebody = await signedInVisitor(url, await createPerson(connected));
  });
  after(() => server?.stop());

  const queues = async (): Promise<readonly Queue[]> =>
    (await callApi(administrator, 'GET', `${server.url}/api/v1/jobs`)).json() as Promise<Queue[]>;
  const failedOf = async (name: string): Promise<number | undefined> =>
    (await queues()).find((queue) => queue.name === name)?.failed;

  /** A job that is given up at its only attempt. */
  async function giveUpOne(name: string): Promise<void> {
    const { db, jobs } = server.connected;
    const runner = await startJobRunner({
      url: server.databaseUrl,
      log: createLogger({ level: 'silent' }),
      kinds: [{ name, run: () => Promise.reject(new Error('no')) }],
      runsSchedules: false,
    });
    await db.transaction((tx) => jobs.enqueue(tx, { name, data: {}, maxAttempts: 1 }));
    await waitFor('it is given up', async () => (await failedOf(name)) === 1, 10_000);
    await runner.stop();
  }

  it('are listed with their schedules and counts', async () => {
    const names = (await queues()).map(({ name }) => name);
    expect(names).to.include.members(['send-mail', 'purge-tokens', 'measure-revocation']);
  });

  it('that were given up can be tried again, through the API and on the page', async () => {
    await giveUpOne('broken-thing');
    const answer = await callApi(
      administrator,
      'POST',
      `${server.url}/api/v1/jobs/broken-thing/retry`,
    );
    expect(await answer.json()).to.deep.equal({ retried: 1 });
    expect(await failedOf('broken-thing')).to.equal(0);

    await giveUpOne('other-thing');
    await administrator.get(`${server.url}/admin/jobs`);
    await administrator.submitForm('form[action$="/other-thing/retry"]');
    expect(administrator.page.text).to.include('1 job is tried again');
    expect(await failedOf('other-thing')).to.equal(0);
  });

  it('of an unknown name are not found', async () => {
    const answer = await callApi(administrator, 'POST', `${server.url}/api/v1/jobs/unknown/retry`);
    expect(answer.status).to.equal(404);
  });

  it('are hidden from other people', async () => {
    expect((await callApi(somebody, 'GET', `${server.url}/api/v1/jobs`)).status).to.equal(403);
    expect((await somebody.get(`${server.url}/admin/jobs`)).status).to.equal(403);
    const retry = await callApi(somebody, 'POST', `${server.url}/api/v1/jobs/send-mail/retry`);
    expect(retry.status).to.equal(403);
  });
});
