import type { SecondStepNeeded } from '../authentication/index.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import { type ActionResult, redirect } from '../http/routing/page-route.ts';
import { createSealedCookies } from '../platform/keys/sealed-cookies.ts';

/** The pages of the second step. */
export type SecondStep = 'code' | 'recovery';

/** The first step of a sign-in, as this browser keeps it. */
export interface KeptFirstStep extends Pick<SecondStepNeeded, 'ticket'> {
  /** The person wants to stay signed in. */
  readonly isRemembered: boolean;
}

type Sealing = Parameters<typeof createSealedCookies>[0];

const LIFE_SECONDS = 600;

/** Leads to the second step. The ticket stays in an encrypted cookie of this interaction. */
export function toSecondStep(deps: Sealing, uid: string, kept: KeptFirstStep): ActionResult {
  createSealedCookies(deps).write(placeOf(uid), kept, LIFE_SECONDS);
  return redirect(sitePath`/interaction/${uid}/second-step/code`);
}

/** The first step of this interaction; undefined when it is not done, or was done too long ago. */
export function findFirstStep(deps: Sealing, uid: string): KeptFirstStep | undefined {
  return createSealedCookies(deps).read(placeOf(uid)) as KeptFirstStep | undefined;
}

/** Removes the first step of a sign-in that is complete. */
export function forgetFirstStep(deps: Sealing, uid: string): void {
  createSealedCookies(deps).remove(placeOf(uid));
}

/** The same page after a wrong code. */
export function afterWrongCode(uid: string, step: SecondStep): SitePath {
  return step === 'code'
    ? sitePath`/interaction/${uid}/second-step/code?tried=wrong`
    : sitePath`/interaction/${uid}/second-step/recovery?tried=wrong`;
}

function placeOf(uid: string) {
  return { name: 'second-step', path: sitePath`/interaction/${uid}/second-step`, id: uid };
}
