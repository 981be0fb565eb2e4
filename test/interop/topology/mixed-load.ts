import { setTimeout as pause } from 'node:timers/promises';

import type { Connected } from '../../../src/server/services.ts';
import { createPerson } from '../../support/people/people.ts';
import { REDIRECT_URI } from '../../support/people/third-party-app.ts';
import {
  type Acknowledgement,
  type FaultTime,
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

/** Virtual users act as people and apps concurrently and check every response. */
export interface MixedLoad {
  readonly journal: Journal;
  /** Waits until each operation had an expected response after this call. @throws Error after `withinMs` */
  served(withinMs: number): Promise<void>;
  /** Ends the load after the running requests. */
  stop(): Promise<void>;
  /**
   * Replays the acknowledgements and checks at every node that each token has its last acknowledged state.
   * @returns one sentence for each token with another state, and for each entry of the journal that breaks a guarantee.
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
  /** Default: the same seed in each run. */
  readonly seed?: number;
  /** Earlier faults of the same installation; those of this load are added. Default: none. */
  readonly faults?: FaultTime[];
}

/** Shorter than the lifetime of an access token, so that checked tokens have not expired. */
const KNOWN_FOR_MS = 600_000;

/** Creates people and apps with the real use cases and starts the load. Stop it at the end. */
export async function startMixedLoad(input: MixedLoadInput): Promise<MixedLoad> {
  const { connected, users = 10, longestPauseMs = 400, seed = 20_261_130 } = input;
  const journal = openJournal(input.faults);
  const apps = await registerApps(connected);
  let isRunning = true;
  const runUser = async (number: number): Promise<void> => {
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
  const running = Promise.all(Array.from({ length: users }, (_, number) => runUser(number)));
  running.catch(() => undefined);
  const stop = async (): Promise<void> => {
    isRunning = false;
    await running;
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
      ...(await findStateErrors(journal.acknowledgements, { apps, nodeUrls })),
    ],
    summary: () => summarise(journal),
  };
}

/** A confidential client, and a public client whose refresh tokens are rotated. */
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

/** Tokens whose state at any node differs from the last acknowledged state. */
async function findStateErrors(
  acknowledgements: readonly Acknowledgement[],
  { apps, nodeUrls }: Nodes,
): Promise<string[]> {
  const isPublic = ({ clientId }: HeldToken): boolean =>
    apps.find((app) => app.clientId === clientId)?.clientSecret === null;
  const states = [...replay(acknowledgements).values()].filter(
    ({ since, state }) =>
      performance.now() - since < KNOWN_FOR_MS && (state === 'issued' || state === 'ended'),
  );
  // A public client cannot introspect its tokens, and a refresh would use them up.
  const visible = states.filter(({ token }) => token.kind === 'access' || !isPublic(token));
  const checks = nodeUrls.flatMap((nodeUrl) => visible.map((held) => ({ ...held, nodeUrl })));
  const problems: string[] = [];
  const checkNext = async (): Promise<void> => {
    for (let next = checks.pop(); next !== undefined; next = checks.pop()) {
      const { nodeUrl, token, state, since } = next;
      const isAlive = await isValidAt(nodeUrl, token, apps);
      if (isAlive === (state === 'issued')) continue;
      problems.push(
        `wrong state: the ${token.kind} token that was ${state} at ${(since / 1000).toFixed(2)} s is ${isAlive ? 'alive' : 'dead'} at ${nodeUrl}`,
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, checkNext));
  return problems;
}

async function isValidAt(
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

/** A pseudo-random number generator (mulberry32), so that a seed repeats a run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
