import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';

import { waitFor } from '../support/wait-for.ts';

/** A logout token after its verification. */
export interface ReceivedNotice extends JWTPayload {
  readonly sid?: string;
}

/** The answer of the app: a status, none at all, or one that does not end. */
type Answer = number | 'hang' | 'endless';

/** The server of an app that receives sign-out notices (OpenID Connect Back-Channel Logout 1.0 §2.5). */
export interface ReceivingApp {
  readonly address: string;
  /** Verified tokens that were answered with 200, in the order of their arrival. */
  readonly received: readonly ReceivedNotice[];
  /** Every token that arrived, as text. */
  readonly tokens: readonly string[];
  answerWith(answer: Answer): void;
  /** The number of connections at this moment. */
  connections(): Promise<number>;
  /** Waits for a notice. @throws Error after ten seconds. */
  receivesNotice(isExpected: (notice: ReceivedNotice) => boolean): Promise<void>;
  close(): Promise<void>;
}

const MOST_MS = 10_000;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Starts an app on this machine. It checks tokens as the specification requires, and refuses others with 400. */
export async function startReceivingApp(input: {
  readonly issuer: string;
  /** The client id, which is known later. */
  readonly clientId: () => string;
}): Promise<ReceivingApp> {
  const received: ReceivedNotice[] = [];
  const tokens: string[] = [];
  const state: { answer: Answer } = { answer: 200 };
  const keys = createRemoteJWKSet(new URL(`${input.issuer}/jwks`));
  const handle = async (body: string, response: ServerResponse): Promise<void> => {
    const token = new URLSearchParams(body).get('logout_token') ?? '';
    tokens.push(token);
    const { answer } = state;
    if (answer === 'hang') return;
    if (answer === 'endless') return sendWithoutEnd(response);
    if (answer === 200) {
      const notice = await verify(token, { ...input, keys }).catch((error: Error) => error);
      if (notice instanceof Error) {
        response.writeHead(400).end(notice.message);
        return;
      }
      received.push(notice);
    }
    response.writeHead(answer, answer === 302 ? { location: '/elsewhere' } : {}).end();
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => void handle(body, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://localhost:${String(port)}/back-channel`,
    received,
    tokens,
    answerWith: (answer) => {
      state.answer = answer;
    },
    connections: () =>
      new Promise((resolve) => {
        server.getConnections((_error, count) => resolve(count));
      }),
    receivesNotice: (isExpected) =>
      waitFor('a sign-out notice', () => received.some(isExpected), MOST_MS),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendWithoutEnd(response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' });
  const timer = setInterval(() => response.write(Buffer.alloc(16_384)), 10);
  response.on('close', () => clearInterval(timer));
}

interface Verification {
  readonly issuer: string;
  readonly clientId: () => string;
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
}

async function verify(token: string, { issuer, clientId, keys }: Verification) {
  const { payload } = await jwtVerify<ReceivedNotice>(token, keys, {
    issuer,
    audience: clientId(),
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
    maxTokenAge: '2 minutes',
  });
  const { events, sid, sub, exp = 0, iat = 0 } = payload;
  if ('nonce' in payload) throw new Error('a logout token has no nonce');
  if (exp - iat > 120) throw new Error('the token is valid for more than two minutes');
  const event = (events as Record<string, unknown> | undefined)?.[EVENT];
  if (typeof event !== 'object') throw new Error('the event is missing');
  if (sid === undefined && sub === undefined) throw new Error('neither sid nor sub');
  if (decodeProtectedHeader(token).kid === undefined) throw new Error('no kid');
  return payload;
}
