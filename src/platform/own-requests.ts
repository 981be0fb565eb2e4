import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const HEADER = 'x-consentry-own-request';
// Random, so that no other program can mark its requests.
const MARK = randomBytes(16).toString('base64url');

/** The header of requests that this process sends to itself and whose refusal it expects. */
export const OWN_REQUEST: Readonly<Record<string, string>> = { [HEADER]: MARK };

/** Did this process send the request to itself? */
export function isOwnRequest(req: Pick<IncomingMessage, 'headers'>): boolean {
  return req.headers[HEADER] === MARK;
}
