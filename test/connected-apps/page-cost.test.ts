import { expect } from 'chai';

import { createBatchedLoad } from '../../src/platform/batched-load.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { recordStatements } from '../support/measurement/record-statements.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

const PAGES = ['/account', '/account/apps', '/account/check-up', '/account/history'] as const;

describe('Pages about apps', function () {
  this.timeout(60_000);
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;
  let statements: readonly string[];

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana'] } });
    visitor = await signedInVisitor(server.url, ana);
    statements = recordStatements(server.connected.db);
  });
  after(() => server?.stop());

  const connect = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const app = await registerThirdPartyApp(server, ana.accountId, {
        name: `App ${String(index)}`,
      });
      await connectApp({ visitor, app, person: ana });
    }
  };
  /** The statements of each page, after a first visit that fills the caches. */
  const costs = async () => {
    const found: Record<string, number> = {};
    for (const path of PAGES) {
      await visitor.get(`${server.url}${path}`);
      const before = statements.length;
      await visitor.get(`${server.url}${path}`);
      found[path] = statements.length - before;
    }
    return found;
  };

  it('cost the same number of statements for two apps as for twelve', async () => {
    await connect(2);
    const few = await costs();
    await connect(10);
    expect(await costs()).to.deep.equal(few);
    for (const path of PAGES) expect(few[path], path).to.be.greaterThan(0).and.at.most(12);
  });

  it('read all apps that the node has not cached in one statement', async () => {
    const batches: (readonly string[])[] = [];
    const find = createBatchedLoad((keys) => {
      batches.push(keys);
      return Promise.resolve(new Map(keys.filter((key) => key !== 'gone').map((key) => [key, 1])));
    });
    const found = await Promise.all(['a', 'b', 'gone', 'a'].map(async (key) => find(key)));
    expect(found).to.deep.equal([1, 1, null, 1]);
    expect(await find('c')).to.equal(1);
    expect(batches).to.deep.equal([['a', 'b', 'gone'], ['c']]);
  });

  it('fail together when the database fails, and are read again afterwards', async () => {
    let isDown = true;
    const find = createBatchedLoad<string>(async (keys) => {
      if (isDown) throw new Error('down');
      return new Map(keys.map((key) => [key, key]));
    });
    const [one, other] = await Promise.allSettled([find('a'), find('b')]);
    expect([one?.status, other?.status]).to.deep.equal(['rejected', 'rejected']);
    isDown = false;
    expect(await find('a')).to.equal('a');
  });
});
