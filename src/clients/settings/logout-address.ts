import { type OutboundRules, outboundProblem } from '../../platform/outbound/outbound-address.ts';
import type { ApplicationType } from '../client.ts';
import { type ClientSettings, hasSignIn } from './client-settings.ts';

const MAX_LENGTH = 1_000;
const CODES = {
  not_https: 'logout_address_not_https',
  user: 'logout_address_user',
  port: 'logout_address_port',
  internal: 'logout_address_internal',
} as const;

/** The field error of the address for sign-out notices (OpenID Connect Back-Channel Logout 1.0 §2.2). */
export function logoutAddressProblems(
  type: ApplicationType,
  { backchannelLogoutUri: address }: Pick<ClientSettings, 'backchannelLogoutUri'>,
  outbound: OutboundRules,
): Record<string, string> {
  const problem = address === null ? null : problemOf(type, address, outbound);
  return problem === null ? {} : { backchannelLogoutUri: problem };
}

function problemOf(type: ApplicationType, address: string, outbound: OutboundRules): string | null {
  if (!hasSignIn(type)) return 'logout_address_not_used';
  const url = URL.parse(address);
  if (url === null || address.length > MAX_LENGTH || /[^\x21-\x7E]/.test(address)) {
    return 'logout_address_invalid';
  }
  if (address.includes('#')) return 'logout_address_fragment';
  const problem = outboundProblem(url, outbound);
  return problem === null ? null : CODES[problem];
}
