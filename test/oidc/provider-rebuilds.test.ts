import { expect } from 'chai';
import type { Provider } from 'oidc-provider';

import { createProviderReloader, type ProviderReloader } from '../../src/oidc/provider-reloader.ts';
import { CHANGE_TOPICS } from '../../src/platform/change-feed.ts';
import { rotateSigningKeys } from '../../src/platform/keys/signing-key-rotation.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { waitFor } from '../support/wait-for.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const DAY = 86_400;
const REBUILDING: readonly string[] = ['catalogue', 'signing-keys'];

interface Node {
  readonly connected: Connected;
  readonly holder: ProviderReloader;
  /** Providers that were built after the first one. */
  rebuilds(): number;
}

async function openNode(databaseUrl: string, clock: SettableClock): Promise<Node> {
  const connected = await connect(testConfig(databaseUrl), { clock });
  let built = 0;
  const build = async (): Promise<Provider> => {
    built += 1;
    return {} as Provider;
  };
  const holder = await createProviderReloader({ ...connected, build });
  return { connected, holder, rebuilds: () => built - 1 };
}

describe('The provider of a node', () => {
  let clock: SettableClock;
  let database: TestDatabase;
  let here: Node;
  let there: Node;

  before(async () => {
    clock = settableClock();
    database = await createTestDatabase();
    here = await openNode(database.url, clock);
    there = await openNode(database.url, clock);
  });
  after(async () => {
    await here?.connected.close();
    await there?.connected.close();
    await database?.drop();
  });

  const counts = async (): Promise<number[]> => {
    await Promise.all([here.holder.settled(), there.holder.settled()]);
    return [here.rebuilds(), there.rebuilds()];
  };
  /** Every change that was announced before has then arrived at both nodes. */
  async function passOn(): Promise<void> {
    const arrived = new Set<Node>();
    const stops = [here, there].map((node) =>
      node.connected.feed.subscribe('probe', (key) => {
        if (key === 'passed') arrived.add(node);
      }),
    );
    const { db, feed } = here.connected;
    await db.transaction((tx) => feed.publish(tx, 'probe', 'passed'));
    await waitFor('both nodes', () => arrived.size === 2);
    for (const stop of stops) stop();
  }

  it('is not rebuilt for a new transient key', async () => {
    await passOn();
    const before = await counts();
    clock.advance(DAY);
    await here.connected.transientKeys.renew();
    await waitFor('the other node', () => there.connected.transientKeys.keys().length === 2);
    await passOn();
    expect(await counts()).to.deep.equal(before);
  });

  it('is rebuilt only for changes of signing keys and of the catalogue', async () => {
    const before = await counts();
    const { db, feed } = here.connected;
    const topics = CHANGE_TOPICS.filter((topic) => !REBUILDING.includes(topic));
    expect(topics).to.have.length(CHANGE_TOPICS.length - REBUILDING.length);
    await db.transaction(async (tx) => {
      for (const topic of topics) await feed.publish(tx, topic, 'key');
    });
    await passOn();
    expect(await counts()).to.deep.equal(before);
  });

  it('is built once on each node when new signing keys are published together', async () => {
    const [before = 0, beforeThere = 0] = await counts();
    const added = await rotateSigningKeys({ ...here.connected, rotationDays: 90 });
    expect(added.length).to.be.above(1);
    await passOn();
    expect(await counts()).to.deep.equal([before + 1, beforeThere + 1]);
  });
});
