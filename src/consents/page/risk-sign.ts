import { getDomain } from 'tldts';

import type { Client } from '../../clients/index.ts';

/**
 * A reason to be careful with an app that the operator has not verified. `elsewhere`: the browser continues at a site other than the
 * app's home page; `young`: the app was registered less than a week ago; `few_people`: fewer than ten people use it.
 */
export type RiskSign = 'elsewhere' | 'young' | 'few_people';

/** From this number of people on, the number is no sign. */
export const MANY_PEOPLE = 10;
const YOUNG_MS = 7 * 86_400_000;

export interface RiskInput {
  readonly client: Pick<Client, 'isVerified' | 'clientUri' | 'createdAt'>;
  /** The address of this request to which the browser continues. */
  readonly redirectUri: string;
  /** The number of people with an active consent; larger numbers than {@link MANY_PEOPLE} are not distinguished. */
  readonly people: number;
  readonly now: Date;
}

/** The most important sign of risk; null when there is none. An app that the operator has verified has none. */
export function riskSignOf({ client, redirectUri, people, now }: RiskInput): RiskSign | null {
  if (client.isVerified) return null;
  if (client.clientUri !== null && isElsewhere(redirectUri, client.clientUri)) return 'elsewhere';
  if (now.getTime() - client.createdAt.getTime() < YOUNG_MS) return 'young';
  return people < MANY_PEOPLE ? 'few_people' : null;
}

/** Two hosts belong together when one organisation registered both, by the public suffix list. */
function isElsewhere(redirectUri: string, homePage: string): boolean {
  const target = new URL(redirectUri);
  // An app on the device of the person has a scheme of its own or a loopback address, which belong to no site.
  if (!/^https?:$/.test(target.protocol) || isLoopback(target.hostname)) return false;
  const home = new URL(homePage);
  return siteOf(target.hostname) !== siteOf(home.hostname);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}

function siteOf(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}
