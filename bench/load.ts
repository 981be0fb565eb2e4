import { type Browser, createBrowser } from './browser.ts';
import { createHttpDriver, type HttpDriver } from './http-driver.ts';
import type { BenchOptions } from './options.ts';
import { runCodeFlow } from './protocol.ts';
import { renderTable, type Verdict, verdictOf } from './report.ts';
import { accountFor } from './scenarios/code-flow.ts';
import { refresh } from './scenarios/refresh.ts';
import { personTokens } from './scenarios/userinfo.ts';
import type { Stage } from './scenario.ts';
import type { Subject } from './subject.ts';
import { startConsentry } from './subjects/consentry.ts';

/** One figure of this server under load. Less is better, except where there is no target. */
export interface LoadResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: number | null;
  readonly floor: number | null;
  readonly verdict: Verdict | '';
}

type LoadOptions = Pick<BenchOptions, 'profileFolder' | 'loadSeconds' | 'loadConnections'>;

const TIME_OUT_MS = 2_000;
const REST_MS = 5_000;
const REFRESHING = 4;
const SIGNING_IN = 8;

/** Many connections at one endpoint, memory, and a quick endpoint beside slow ones. */
export async function runUnderLoad(options: LoadOptions): Promise<readonly LoadResult[]> {
  const subject = await startConsentry({
    signingAlgorithm: 'ES256',
    accounts: REFRESHING + SIGNING_IN,
    profileFolder: options.profileFolder,
    hashesPasswords: true,
  });
  try {
    process.stderr.write('refresh beside password sign-ins\n');
    const refreshMs = await refreshBesideSignIns(subject, options.loadSeconds);
    await subject.restart();
    await pause(REST_MS);
    const { rssMib: restMib } = await subject.read();
    process.stderr.write(`UserInfo over ${String(options.loadConnections)} connections\n`);
    const flood = await floodUserInfo(subject, options);
    return [
      result('UserInfo, requests', { value: flood.perSecond, unit: 'per second' }),
      result('UserInfo, CPU of the server', { value: flood.serverUs, unit: 'µs per request' }),
      result('UserInfo, time-outs', { value: flood.timeOuts, target: 0, floor: 0 }),
      result('UserInfo, errors', { value: flood.errors, target: 0, floor: 0 }),
      result('memory at rest', { value: restMib, unit: 'MiB', target: 130, floor: 180 }),
      result('memory under load', { value: flood.rssMib, unit: 'MiB', target: 250, floor: 350 }),
      result('refresh beside sign-ins, p99', {
        value: refreshMs,
        unit: 'ms',
        target: 20,
        floor: 50,
      }),
    ];
  } finally {
    await subject.stop();
  }
}

/** As a Markdown table. */
export function renderLoadResults(results: readonly LoadResult[]): string {
  const rows = results.map(({ name, value, unit, target, floor, verdict }) => [
    name,
    value.toFixed(0),
    unit,
    target?.toFixed(0) ?? '',
    floor?.toFixed(0) ?? '',
    verdict,
  ]);
  return renderTable(['figure', 'value', 'unit', 'at most', 'floor', 'verdict'], rows);
}

function result(
  name: string,
  figure: {
    readonly value: number;
    readonly unit?: string;
    readonly target?: number;
    readonly floor?: number;
  },
): LoadResult {
  const { value, unit = '', target = null, floor = null } = figure;
  const verdict =
    target === null || floor === null ? '' : verdictOf(-value, { target: -target, floor: -floor });
  return { name, value, unit, target, floor, verdict };
}

interface Flood {
  readonly perSecond: number;
  readonly timeOuts: number;
  readonly errors: number;
  /** CPU of the server per answered request, microseconds: it depends less on other work of the machine than the rate does. */
  readonly serverUs: number;
  /** The most during the run. */
  readonly rssMib: number;
}

/** Each connection sends the next request after the answer, as `wrk` does. */
async function floodUserInfo(
  subject: Subject,
  { loadConnections, loadSeconds }: LoadOptions,
): Promise<Flood> {
  const http = createHttpDriver({ port: subject.port, connections: loadConnections });
  const [token = ''] = await personTokens({ subject, http, concurrency: 1 });
  const counted = { answers: 0, timeOuts: 0, errors: 0, rssMib: 0 };
  const headers = { authorization: `Bearer ${token}` };
  const caller = async (endsAt: number): Promise<void> => {
    while (performance.now() < endsAt) {
      const answer = http.send({ url: subject.endpoints.userinfo, headers });
      const status = await Promise.race([
        answer.then((one) => one.status).catch(() => 0),
        pause(TIME_OUT_MS).then(() => 'time-out' as const),
      ]);
      if (status === 'time-out') counted.timeOuts += 1;
      else if (status === 200) counted.answers += 1;
      else counted.errors += 1;
      // The connection is in use until the answer comes.
      if (status === 'time-out') await answer.catch(() => undefined);
    }
  };
  const watcher = setInterval(() => {
    void subject.read().then(({ rssMib }) => {
      counted.rssMib = Math.max(counted.rssMib, rssMib);
    });
  }, 1_500);
  const before = await subject.read();
  const startedAt = performance.now();
  const endsAt = startedAt + loadSeconds * 1000;
  await Promise.all(Array.from({ length: loadConnections }, () => caller(endsAt)));
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(watcher);
  const after = await subject.read();
  http.close();
  return {
    ...counted,
    rssMib: Math.max(counted.rssMib, after.rssMib),
    perSecond: counted.answers / seconds,
    serverUs: (1000 * (after.serverMs - before.serverMs)) / counted.answers,
  };
}

/** @returns the 99th percentile of the refreshes in milliseconds. */
async function refreshBesideSignIns(subject: Subject, seconds: number): Promise<number> {
  const connections = REFRESHING + SIGNING_IN;
  const http = createHttpDriver({ port: subject.port, connections });
  const stage: Stage = { subject, http, concurrency: REFRESHING };
  const operations = await refresh.prepare(stage);
  const endsAt = performance.now() + seconds * 1000;
  const latencies: number[] = [];
  const refreshing = operations.map(async (operation) => {
    while (performance.now() < endsAt) {
      const startedAt = performance.now();
      await operation();
      latencies.push(performance.now() - startedAt);
    }
  });
  const signingIn = Array.from({ length: SIGNING_IN }, (_value, index) =>
    signInUntil(stage, { browser: createBrowser(http), http, caller: REFRESHING + index, endsAt }),
  );
  await Promise.all([...refreshing, ...signingIn]);
  http.close();
  const sorted = latencies.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) * 0.99)] ?? Number.NaN;
}

async function signInUntil(
  stage: Stage,
  input: {
    readonly browser: Browser;
    readonly http: HttpDriver;
    readonly caller: number;
    readonly endsAt: number;
  },
): Promise<void> {
  const { browser, http, caller, endsAt } = input;
  while (performance.now() < endsAt) {
    browser.forgetSession();
    const flow = { subject: stage.subject, http, browser };
    await runCodeFlow(flow, accountFor(stage, caller), { scope: 'openid profile email' });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
