import type { Connected } from '../../src/server/services.ts';
import { newestInMail } from '../support/people/sent-messages.ts';

/** The code of the newest mail to an address. */
export function codeFor(connected: Connected, email: string): Promise<string> {
  return newestInMail(connected, email, 'code');
}

/** The token in the link of the newest mail to an address. */
export function linkFor(connected: Connected, email: string): Promise<string> {
  return newestInMail(connected, email, 'link');
}
