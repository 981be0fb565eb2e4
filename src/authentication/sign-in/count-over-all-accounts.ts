import { AppError } from '../../platform/app-error.ts';
import { wideNetworkOf } from '../../platform/ip-address.ts';
import type { Reservation, SharedRule } from '../../platform/rate-limiter.ts';
import type { AuthenticationContext } from '../context.ts';

const PERIOD_SECONDS = 60;

interface SignInOrigin {
  readonly ip: string;
  /** Has the account been signed in to in this browser? Never true for a name without an account. */
  readonly isDeviceKnown: boolean;
}

/**
 * Counts wrong passwords over all accounts, to stop a person who tries one password on each of many. Above the bound of a network,
 * or of all networks, no password from an unknown browser is checked until the minute ends; a code by mail signs in. Known browsers
 * are neither counted nor refused. An attempt counts as wrong while it is in progress. A network reaches its own bound
 * first, so that one network alone cannot pause the others.
 * @param attempt checks the password.
 * @throws AppError `sign_ins_paused` (kind `too_many`) with `retryAfterSeconds`.
 */
export async function countOverAllAccounts<Result extends { readonly kind: string }>(
  ctx: AuthenticationContext,
  { ip, isDeviceKnown }: SignInOrigin,
  attempt: () => Promise<Result>,
): Promise<Result> {
  if (isDeviceKnown) return attempt();
  const reservations = await reserveBoth(ctx, wideNetworkOf(ip));
  let isWrong = false;
  try {
    const result = await attempt();
    isWrong = result.kind === 'wrong';
    return result;
  } finally {
    // An attempt that was not checked does not count either.
    if (!isWrong) await Promise.all(reservations.map(({ giveBack }) => giveBack()));
  }
}

async function reserveBoth(
  ctx: AuthenticationContext,
  network: string,
): Promise<readonly Reservation[]> {
  const { perNetwork, overall } = ctx.failedSignIns;
  const name = 'failed-sign-ins';
  const ofNetwork = await reserve(ctx, {
    rule: {
      name: `${name}-of-network`,
      key: network,
      points: perNetwork,
      perSeconds: PERIOD_SECONDS,
    },
    network,
  });
  const ofAll = await reserve(ctx, {
    rule: { name, key: 'all', points: overall, perSeconds: PERIOD_SECONDS },
    network: null,
  });
  return [ofNetwork, ofAll];
}

async function reserve(
  { rateLimiter, onSignInsPaused }: AuthenticationContext,
  { rule, network }: { readonly rule: SharedRule; readonly network: string | null },
): Promise<Reservation> {
  const reservation = await rateLimiter.reserve(rule);
  const { retryAfterSeconds, isFirstWithoutPoint } = reservation;
  if (isFirstWithoutPoint) onSignInsPaused({ network });
  if (retryAfterSeconds > 0)
    throw new AppError('too_many', 'sign_ins_paused', { retryAfterSeconds });
  return reservation;
}
