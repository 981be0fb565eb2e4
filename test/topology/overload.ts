import { once } from 'node:events';
import net from 'node:net';

import { createTestDatabase } from '../support/database.ts';
import { startNode, type ServerNode } from '../support/node.ts';
import { startRedis } from '../support/redis.ts';

/** The experience of many callers, each of whom sends the next request as soon as the last one is answered. */
export interface OverloadResult {
  readonly answered: number;
  /** Refused at the door: 503 with Retry-After. */
  readonly refused: number;
  /** Every other answer and every broken connection, one sentence each. */
  readonly wrong: readonly string[];
  /** Of answered requests, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** Answered requests per second. */
  readonly throughput: number;
  /** Slowest answer of `/health/ready` meanwhile, in milliseconds. */
  readonly readinessMs: number;
  /** Answers of `/health/ready` while the node was too late to be ready. */
  readonly notReady: readonly string[];
  /** The measure `consentry_requests_refused_total` afterwards. */
  readonly refusedByMetrics: number;
}

export interface OverloadInput {
  readonly connections: number;
  readonly seconds: number;
  /** Default: that of the server. */
  readonly mostInFlight?: number;
}

const METRICS_TOKEN = 'metrics-token-of-the-overload-test-0123456789';
/** Cheap, and with work in PostgreSQL and Redis. */
const REQUESTS = [
  'GET /auth?client_id=none',
  'GET /userinfo',
  'GET /account',
  'GET /api/v1/account',
  'POST /token',
] as const;

/** Starts a node in production mode and overloads it. */
export async function overload(input: OverloadInput): Promise<OverloadResult> {
  const [database, keyStore, redis] = [
    await createTestDatabase(),
    await createTestDatabase(),
    await startRedis(),
  ];
  const node = await startNode({
    databaseUrl: database.url,
    redisUrl: redis.url,
    issuer: 'https://localhost:9',
    env: {
      NODE_ENV: 'production',
      KEY_STORE_URL: keyStore.url,
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'Consentry <no-reply@localhost.example>',
      DATABASE_POOL_SIZE: '20',
      RATE_LIMITS: 'true',
      RATE_LIMIT_MULTIPLIER: '100000',
      METRICS_TOKEN,
      DRAIN_SECONDS: '0',
      ...(input.mostInFlight !== undefined && {
        MOST_REQUESTS_IN_FLIGHT: String(input.mostInFlight),
      }),
    },
  });
  try {
    return await measure(node, input);
  } finally {
    await node.stop();
    await redis.stop();
    await database.drop();
    await keyStore.drop();
  }
}

async function measure(
  node: ServerNode,
  { connections, seconds }: OverloadInput,
): Promise<OverloadResult> {
  const { host } = new URL(node.url);
  const times: number[] = [];
  const wrong: string[] = [];
  const notReady = new Set<string>();
  let refused = 0;
  let readinessMs = 0;
  // One after the other, so that none is dropped by the system.
  const callers = [];
  for (let number = 0; number < connections; number += 1)
    callers.push(await connectCaller(host, REQUESTS[number % REQUESTS.length] ?? REQUESTS[0]));
  const until = performance.now() + seconds * 1000;
  const note = (name: string, ms: number, { status, text }: Answer): void => {
    if (status < 500) times.push(ms);
    else if (isRefusal(text)) refused += 1;
    else wrong.push(`${name}: ${text.slice(0, 300)}`);
  };
  const live = async (caller: Caller): Promise<void> => {
    while (performance.now() < until) {
      const from = performance.now();
      const answer = await caller.call();
      note(caller.name, performance.now() - from, answer);
    }
    caller.end();
  };
  const watch = async (): Promise<void> => {
    while (performance.now() < until) {
      const from = performance.now();
      const response = await fetch(`${node.url}/health/ready`);
      const text = await response.text();
      if (response.status !== 200) notReady.add(text);
      readinessMs = Math.max(readinessMs, performance.now() - from);
    }
  };
  await Promise.all([watch(), ...callers.map(live)]);
  times.sort((one, other) => one - other);
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? 0;
  return {
    answered: times.length,
    refused,
    wrong,
    p50: at(0.5),
    p99: at(0.99),
    longest: times.at(-1) ?? 0,
    throughput: times.length / seconds,
    readinessMs,
    notReady: [...notReady],
    refusedByMetrics: await readRefused(node),
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Caller {
  readonly name: string;
  call(): Promise<Answer>;
  end(): void;
}

/** One connection that is kept. Cheaper than a client library, so that the node is the one that is late. */
async function connectCaller(host: string, name: string): Promise<Caller> {
  const [hostname = '', port = ''] = host.split(':');
  const socket = net.connect(Number(port), hostname);
  socket.setEncoding('latin1');
  await once(socket, 'connect');
  const length = name.startsWith('POST') ? 'Content-Length: 0\r\n' : '';
  const request = `${name} HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n`;
  let received = '';
  let settle: (answer: Answer) => void = () => undefined;
  const end = (): void => settle({ status: 599, text: 'the connection broke' });
  socket.on('error', end);
  socket.on('close', end);
  socket.on('data', (chunk: string) => {
    received += chunk;
    if (!isWhole(received)) return;
    const text = received;
    received = '';
    settle({ status: Number(text.slice(9, 12)), text });
  });
  return {
    name,
    call: (): Promise<Answer> => {
      const answer = new Promise<Answer>((resolve) => {
        settle = resolve;
      });
      socket.write(request);
      return answer;
    },
    end: () => socket.destroy(),
  };
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text);
  if (length === null)
    return text.endsWith('\r\n0\r\n\r\n') || / (?:204|304) /.test(text.slice(8, 13));
  return text.length - headEnd - 4 >= Number(length[1]);
}

function isRefusal(text: string): boolean {
  return (
    text.startsWith('HTTP/1.1 503') &&
    /\r\nretry-after: 1\r\n/i.test(text) &&
    text.includes('"overloaded"')
  );
}

async function readRefused({ url }: ServerNode): Promise<number> {
  const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
  const body = await (await fetch(`${url}/metrics`, { headers })).text();
  return Number(/^consentry_requests_refused_total (\d+)/m.exec(body)?.[1] ?? Number.NaN);
}
