import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { HttpSettings } from '../settings.ts';
import { createAddressFinder } from './client-address.ts';

const REQUEST_ID = /^[\w-]{8,64}$/;
const USER_AGENT_LENGTH = 400;

/** The caller's address, and the id that a trusted proxy gave to the request or a new one. */
export interface Identity {
  readonly ip: string;
  readonly network: string;
  readonly requestId: string;
}

/** Makes the function that identifies requests. */
export function createIdentification({ trustedProxies }: Pick<HttpSettings, 'trustedProxies'>) {
  const findCaller = createAddressFinder(trustedProxies);
  return (req: IncomingMessage): Identity => {
    const { address, network, isThroughProxy } = findCaller(req);
    const given = isThroughProxy ? String(req.headers['x-request-id'] ?? '') : '';
    return { ip: address, network, requestId: REQUEST_ID.test(given) ? given : randomUUID() };
  };
}

/** The browser or program of the caller, in its own words. */
export function userAgentOf({ headers }: IncomingMessage): string {
  return (headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH);
}
