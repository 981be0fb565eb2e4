import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Redis } from 'ioredis';

import { findFreePort } from '../../src/dev/free-port.ts';
import { startTethered } from '../../src/dev/tethered-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { listens } from '../support/http/listens.ts';
import { redisProgram } from '../support/servers/redis-server.ts';

/** A group of Redis processes. */
export interface RedisGroup {
  /** Value of REDIS_URL. */
  readonly url: string;
  /** Kills a master process. */
  killMaster(): Promise<void>;
  stop(): Promise<void>;
}

interface Process {
  readonly port: number;
  command(...words: readonly (string | number)[]): Promise<unknown>;
  kill(): Promise<void>;
}

const MASTER_NAME = 'consentry';

/** A master, a replica and three sentinels that agree about a failure after a second. */
export async function startSentinels(): Promise<RedisGroup> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-sentinel-'));
  const master = await startProcess(folder, 'master', []);
  const replica = await startProcess(folder, 'replica', [
    `replicaof 127.0.0.1 ${String(master.port)}`,
  ]);
  await waitFor(
    'the replica to follow',
    async () => /master_link_status:up/.test(String(await replica.command('info', 'replication'))),
    20_000,
  );
  const sentinels: Process[] = [];
  for (const name of ['one', 'two', 'three']) {
    sentinels.push(
      await startProcess(
        folder,
        name,
        [
          `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${String(master.port)} 2`,
          `sentinel down-after-milliseconds ${MASTER_NAME} 1000`,
          `sentinel failover-timeout ${MASTER_NAME} 5000`,
        ],
        ['--sentinel'],
      ),
    );
  }
  const knows = async (sentinel: Process): Promise<boolean> => {
    const text = JSON.stringify(await sentinel.command('sentinel', 'master', MASTER_NAME));
    return text.includes('"num-slaves","1"') && text.includes('"num-other-sentinels","2"');
  };
  for (const sentinel of sentinels)
    await waitFor('the sentinels to find each other', () => knows(sentinel), 30_000);
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}/${MASTER_NAME}`,
    killMaster: () => master.kill(),
    stop: () => stopAll(folder, [...sentinels, replica, master]),
  };
}

/** Three masters with a replica each. */
export async function startCluster(): Promise<RedisGroup> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-cluster-'));
  const nodes: Process[] = [];
  for (let number = 0; number < 6; number += 1) {
    const lines = [
      'cluster-enabled yes',
      'cluster-node-timeout 1500',
      'cluster-require-full-coverage no',
    ];
    nodes.push(await startProcess(folder, `node-${String(number)}`, lines));
  }
  const [first, ...others] = nodes as [Process, ...Process[]];
  const masters = nodes.slice(0, 3);
  const bounds = [0, 5_461, 10_923, 16_384];
  for (const [number, master] of masters.entries()) {
    const [from = 0, until = 0] = bounds.slice(number);
    await master.command('cluster', 'addslotsrange', from, until - 1);
  }
  for (const node of others) await node.command('cluster', 'meet', '127.0.0.1', first.port);
  const states = () =>
    Promise.all(nodes.map(async (node) => String(await node.command('cluster', 'info'))));
  await waitFor(
    'all nodes to meet',
    async () => (await states()).every((text) => /cluster_known_nodes:6/.test(text)),
    30_000,
  );
  for (const [number, replica] of nodes.slice(3).entries()) {
    const id = String(await masters[number]?.command('cluster', 'myid'));
    await waitFor(
      'the master at the replica',
      async () => String(await replica.command('cluster', 'nodes')).includes(id),
      20_000,
    );
    await replica.command('cluster', 'replicate', id);
  }
  await waitFor(
    'the cluster to be complete',
    async () => {
      const isOk = (await states()).every((text) => /cluster_state:ok/.test(text));
      const links = await Promise.all(
        nodes.slice(3).map(async (node) => String(await node.command('info', 'replication'))),
      );
      return isOk && links.every((text) => /master_link_status:up/.test(text));
    },
    30_000,
  );
  return {
    url: `redis+cluster://${nodes
      .slice(0, 2)
      .map(({ port }) => `127.0.0.1:${String(port)}`)
      .join(',')}`,
    killMaster: () => first.kill(),
    stop: () => stopAll(folder, nodes),
  };
}

async function startProcess(
  folder: string,
  name: string,
  lines: readonly string[],
  flags: readonly string[] = [],
): Promise<Process> {
  const port = await findFreePort();
  const place = path.join(folder, name);
  fs.mkdirSync(place);
  const file = path.join(place, 'redis.conf');
  fs.writeFileSync(
    file,
    [`port ${String(port)}`, 'bind 127.0.0.1', `dir ${place}`, 'save ""', ...lines, ''].join('\n'),
  );
  const { command, libraries } = redisProgram();
  const server = startTethered({
    command,
    args: [file, ...flags],
    env: libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries },
    cwd: place,
    stopSignal: 'TERM',
  });
  if (!(await listens(port))) throw new Error(`Redis did not start: ${server.errorOutput()}`);
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  await client.connect();
  return {
    port,
    command: (word, ...rest) => client.call(String(word), ...rest.map(String)),
    kill: async () => {
      client.disconnect();
      await server.stop();
    },
  };
}

async function stopAll(folder: string, processes: readonly Process[]): Promise<void> {
  for (const one of processes) await one.kill();
  fs.rmSync(folder, { recursive: true, force: true });
}
