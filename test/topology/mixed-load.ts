import { setTimeout as pause } from 'node:timers/promises';

import type { Connected } from '../../src/server/services.ts';
import { createPerson } from '../support/people.ts';
import { REDIRECT_URI } from '../support/third-party-app.ts';
import {
  type Acknowledgement,
  findViolations,
  type HeldToken,
  type Journal,
  openJournal,
  OPERATIONS,
  replay,
  summarise,
} from './journal.ts';
import type { LoadApp } from './load-client.ts';
import { createVirtualUser } from './virtual-user.ts';

/** Virtual users act as people and apps, all at once, and check every answer. */
export interface MixedLoad {
  readonly journal: Journal;
  /** Waits until every operation was answered as expected at least once from now on. @throws Error after `withinMs` */
  served(withinMs: number): Promise<void>;
  /** Ends the load; requests under way are waited for. */
  stop(): Promise<void>;
  /**
   * Replays the acknowledgements and looks at every node whether each token is as the last acknowledgement left it.
   * @returns one sentence for each token that is not, and for each entry of the journal that breaks a promise.
   */
  findViolations(nodeUrls: readonly string[]): Promise<readonly string[]>;
  /** Figures of the run, one line. */
  summary(): string;
}

export interface MixedLoadInput {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly connected: Connected;
  /** Default 10. */
  readonly users?: number;
  /** Longest pause of a user between two operations, in milliseconds. Default 400. */
  readonly longestPauseMs?: number;
  /** Default: the same at each run. */
  readonly seed?: number;
}

/** Younger than an access token can be at its end, with room for a busy machine. */
const KNOWN_FOR_MS = 600_000;

/** Makes people and apps with the real use cases and begins. Stop it in the end. */
export async function startMixedLoad(input: MixedLoadInput): Promise<MixedLoad> {
  const { connected, users = 10, longestPauseMs = 400, seed = 20_261_130 } = input;
  const journal = openJournal();
  const apps = await registerApps(connected);
  let isRunning = true;
  const live = async (number: number): Promise<void> => {
    const name = `Person ${String(number)} of the load`;
    const random = createRandom(seed + number);
    const email = `load-${String(seed)}-${String(number)}@example.org`;
    const person = await createPerson(connected, { email, values: { name: [name] } });
    const app = apps[number % apps.length];
    if (app === undefined) throw new Error('there is no app');
    const user = createVirtualUser({ ...input, number, person, name, app, journal, random });
    while (isRunning) {
      await user.step();
      await pause(longestPauseMs * random());
    }
  };
  const lives = Promise.all(Array.from({ length: users }, (_, number) => live(number)));
  lives.catch(() => undefined);
  const stop = async (): Promise<void> => {
    isRunning = false;
    await lives;
  };
  return {
    journal,
    served: async (withinMs) => {
      const from = performance.now();
      for (;;) {
        const done = new Set(
          journal.entries
            .filter(({ sentAt, verdict }) => sentAt >= from && verdict === 'expected')
            .map(({ operation }) => operation),
        );
        if (OPERATIONS.every((operation) => done.has(operation))) return;
        if (performance.now() - from > withinMs)
          throw new Error(
            `not served within ${String(withinMs)} ms: ${OPERATIONS.filter((name) => !done.has(name)).join(', ')}\n${findViolations(journal).join('\n')}`,
          );
        await pause(50);
      }
    },
    stop,
    findViolations: async (nodeUrls) => [
      ...findViolations(journal),
      ...(await findForgotten(journal.acknowledgements, { apps, nodeUrls })),
    ],
    summary: () => summarise(journal),
  };
}

/** One app that keeps its refresh token, and a public one whose refresh token is rotated. */
async function registerApps(connected: Connected): Promise<readonly LoadApp[]> {
  const owner = await createPerson(connected, { email: `owner-${String(Date.now())}@example.org` });
  const common = {
    ownerAccountId: owner.accountId,
    redirectUris: [REDIRECT_URI],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    requests: (['name', 'email'] as const).map((claim) => ({
      claim,
      necessity: 'essential' as const,
      purpose: { en: 'To greet you' },
      longestDuration: 'until_withdrawn' as const,
    })),
  } as const;
  const web = await connected.clients.create({
    ...common,
    applicationType: 'web',
    name: 'Web app of the load',
  });
  const inBrowser = await connected.clients.create({
    ...common,
    applicationType: 'single_page',
    name: 'Public app of the load',
  });
  return [
    { clientId: web.client.id, clientSecret: web.secret?.secret ?? '' },
    { clientId: inBrowser.client.id, clientSecret: null },
  ];
}

interface Nodes {
  readonly apps: readonly LoadApp[];
  readonly nodeUrls: readonly string[];
}

/** Tokens that are not as the last acknowledgement left them, at any node. */
async function findForgotten(
  acknowledgements: readonly Acknowledgement[],
  { apps, nodeUrls }: Nodes,
): Promise<string[]> {
  const isPublic = ({ clientId }: HeldToken): boolean =>
    apps.find((app) => app.clientId === clientId)?.clientSecret === null;
  const states = [...replay(acknowledgements).values()].filter(
    ({ since, state }) =>
      performance.now() - since < KNOWN_FOR_MS && (state === 'issued' || state === 'ended'),
  );
  // A public app cannot ask about its tokens, and a refresh would use them up.
  const visible = states.filter(({ token }) => token.kind === 'access' || !isPublic(token));
  const looks = nodeUrls.flatMap((nodeUrl) => visible.map((held) => ({ ...held, nodeUrl })));
  const problems: string[] = [];
  const look = async (): Promise<void> => {
    for (let next = looks.pop(); next !== undefined; next = looks.pop()) {
      const { nodeUrl, token, state, since } = next;
      const isAlive = await lives(nodeUrl, token, apps);
      if (isAlive === (state === 'issued')) continue;
      problems.push(
        `forgotten: the ${token.kind} token that was ${state} at ${(since / 1000).toFixed(2)} s is ${isAlive ? 'alive' : 'dead'} at ${nodeUrl}`,
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, look));
  return problems;
}

async function lives(
  nodeUrl: string,
  token: HeldToken,
  apps: readonly LoadApp[],
): Promise<boolean> {
  if (token.kind === 'access') {
    const headers = { authorization: `Bearer ${token.value}` };
    const response = await fetch(`${nodeUrl}/userinfo`, { headers });
    await response.arrayBuffer();
    if (response.status === 200 || response.status === 401) return response.status === 200;
    throw new Error(`${nodeUrl}/userinfo answered ${String(response.status)}`);
  }
  const app = apps.find(({ clientId }) => clientId === token.clientId);
  const credentials = Buffer.from(`${token.clientId}:${app?.clientSecret ?? ''}`).toString(
    'base64',
  );
  const response = await fetch(`${nodeUrl}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ token: token.value }),
  });
  const { active } = (await response.json()) as { active?: unknown };
  if (typeof active === 'boolean') return active;
  throw new Error(`${nodeUrl}/token/introspection answered ${String(response.status)}`);
}

/** A small generator of pseudo-random numbers (mulberry32), so that a seed gives the same run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
