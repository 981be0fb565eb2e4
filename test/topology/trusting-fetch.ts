import { Agent, request } from 'node:https';

import { createNodeFetch } from '../support/node-fetch.ts';

/**
 * `fetch` that trusts one certificate of our own, which the global one cannot be told. Redirects are not followed, and
 * every request opens a new connection, so that a proxy is free to choose another node each time.
 */
export function createTrustingFetch(certificate: string): typeof fetch {
  return createNodeFetch({ request, agent: new Agent({ ca: certificate, keepAlive: false }) });
}
