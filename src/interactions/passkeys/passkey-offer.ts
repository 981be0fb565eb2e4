import type { Authentication, CompletedOutcome, Proof } from '../../authentication/index.ts';
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';
import { type ActionResult, redirect } from '../../http/routing/page-route.ts';
import { createSealedCookies } from '../../platform/keys/sealed-cookies.ts';
import type { RequestContext } from '../../platform/request-context.ts';
import { nowInSeconds } from '../finish-interaction.ts';

/** A complete sign-in that waits for the answer to an offer. */
export interface KeptSignIn extends Proof {
  readonly isRemembered: boolean;
  /** In seconds since 1970. */
  readonly provenAt: number;
}

type Sealing = Parameters<typeof createSealedCookies>[0];
type Cookies = Pick<RequestContext, 'cookies'>;

const LIFE_SECONDS = 600;
const PATH = '/interaction';
/** The script of the sign-in page sets it where the browser can keep passkeys. */
const SUPPORT = 'passkeys';
const OFFERED = 'passkey-offered';
const OFFER_AGAIN_SECONDS = 90 * 86_400;

/**
 * Is a passkey offered after this sign-in? Only after a password, in a browser that can keep passkeys, to an account without one, and
 * once in ninety days for each browser; not when a trusted browser has skipped the second step.
 */
export async function isPasskeyOffered(
  {
    authentication,
  }: { readonly authentication: Pick<Authentication, 'listPasskeys' | 'listSecondFactors'> },
  { cookies }: Cookies,
  outcome: CompletedOutcome,
): Promise<boolean> {
  if (outcome.status !== 'signed_in' || !outcome.amr.includes('pwd')) return false;
  const isSupported = cookies.read(SUPPORT, PATH) === 'yes';
  if (!isSupported || cookies.read(OFFERED, PATH) !== undefined) return false;
  const { accountId, amr } = outcome;
  if ((await authentication.listPasskeys({ accountId })).length > 0) return false;
  const { authenticator } = await authentication.listSecondFactors({ accountId });
  return authenticator === null || amr.includes('mfa');
}

/** Leads to the offer. The sign-in stays in an encrypted cookie of its page; without the cookie it is repeated. */
export function toPasskeyOffer(
  deps: Sealing,
  { cookies }: Cookies,
  kept: { readonly uid: string; readonly proof: Omit<KeptSignIn, 'provenAt'> },
): ActionResult {
  const { uid, proof } = kept;
  const { accountId, amr, generation, isRemembered } = proof;
  const content: KeptSignIn = {
    accountId,
    amr,
    generation,
    isRemembered,
    provenAt: nowInSeconds(),
  };
  createSealedCookies(deps).write(placeOf(uid), content, LIFE_SECONDS);
  cookies.write({ name: OFFERED, path: PATH, value: 'yes', maxAgeSeconds: OFFER_AGAIN_SECONDS });
  return redirect(passkeyOfferPath(uid));
}

/** The sign-in of this interaction that waits; undefined when it took too long. */
export function findKeptSignIn(deps: Sealing, uid: string): KeptSignIn | undefined {
  return createSealedCookies(deps).read(placeOf(uid)) as KeptSignIn | undefined;
}

/** Removes a sign-in that is finished. */
export function forgetKeptSignIn(deps: Sealing, uid: string): void {
  createSealedCookies(deps).remove(placeOf(uid));
}

/** The page with the offer. */
export function passkeyOfferPath(uid: string): SitePath {
  return sitePath`/interaction/${uid}/passkey-offer`;
}

function placeOf(uid: string) {
  return { name: 'signed-in', path: passkeyOfferPath(uid), id: uid };
}
