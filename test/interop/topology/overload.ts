import { once } from 'node:events';
import net from 'node:net';

import { createTestDatabase } from '../../support/servers/database.ts';
import { startNode, type ServerNode } from '../../support/servers/node.ts';
import { startRedis } from '../../support/servers/redis.ts';

/** Results of many clients that each send the next request as soon as the last one is answered. */
export interface OverloadResult {
  readonly answered: number;
  /** Requests refused by overload protection: 503 with Retry-After. */
  readonly refused: number;
  /** Other responses and broken connections, one sentence each. */
  readonly wrong: readonly string[];
  /** Durations of answered requests, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** Answered requests per second. */
  readonly throughput: number;
  /** Longest duration of `/health/ready` meanwhile, in milliseconds. */
  readonly readinessMs: number;
  /** Responses of `/health/ready` other than 200. */
  readonly notReady: readonly string[];
  /** The metric `consentry_requests_refused_total` afterwards. */
  readonly refusedByMetrics: number;
}

export interface OverloadInput {
  readonly connections: number;
  readonly seconds: number;
  /** Default: the default of the server. */
  readonly mostInFlight?: number;
  /** Default: the default of the server. */
  readonly mostWaiting?: number;
}

const METRICS_TOKEN = 'metrics-token-of-the-overload-test-0123456789';
/** Cheap requests and requests with work in PostgreSQL and Redis. */
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
      ...(input.mostWaiting !== undefined && {
        MOST_REQUESTS_WAITING: String(input.mostWaiting),
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
  // Sequentially, so that the system drops no connection.
  const clients = [];
  for (let number = 0; number < connections; number += 1)
    clients.push(await connectClient(host, REQUESTS[number % REQUESTS.length] ?? REQUESTS[0]));
  const until = performance.now() + seconds * 1000;
  const note = (name: string, ms: number, { status, text }: Answer): void => {
    if (status < 500) times.push(ms);
    else if (isRefusal(text)) refused += 1;
    else wrong.push(`${name}: ${text.slice(0, 300)}`);
  };
  const runClient = async (client: Client): Promise<void> => {
    while (performance.now() < until) {
      const from = performance.now();
      const answer = await client.call();
      note(client.name, performance.now() - from, answer);
    }
    client.end();
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
  await Promise.all([watch(), ...clients.map(runClient)]);
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

interface Client {
  readonly name: string;
  call(): Promise<Answer>;
  end(): void;
}

/** One kept connection. Cheaper than an HTTP library, so that the node is the bottleneck. */
async function connectClient(host: string, name: string): Promise<Client> {
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
