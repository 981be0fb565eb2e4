import { Agent, request } from 'node:https';

import { createNodeFetch } from '../../support/http/node-fetch.ts';

/**
 * A `fetch` that trusts one self-signed certificate, which the global `fetch` cannot. Redirects are not followed, and
 * every request opens a new connection, so that a proxy can choose another node each time.
 */
export function createTrustingFetch(certificate: string): typeof fetch {
  return createNodeFetch({ request, agent: new Agent({ ca: certificate, keepAlive: false }) });
}
