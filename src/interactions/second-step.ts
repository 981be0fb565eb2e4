import type {
  Authentication,
  SecondStepMethods,
  SecondStepNeeded,
} from '../authentication/index.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import { type ActionResult, redirect } from '../http/routing/page-route.ts';
import { isAppError } from '../platform/app-error.ts';
import { createSealedCookies } from '../platform/keys/sealed-cookies.ts';

/** The pages of the second step. */
export type SecondStep = 'code' | 'recovery' | 'passkey';

/** The first step of a sign-in, as this browser keeps it. */
export interface KeptFirstStep extends Pick<SecondStepNeeded, 'ticket'> {
  /** The person wants to stay signed in. */
  readonly isRemembered: boolean;
}

type Sealing = Parameters<typeof createSealedCookies>[0];

const LIFE_SECONDS = 600;

interface Deps extends Sealing {
  readonly authentication: Pick<Authentication, 'describeSecondStep'>;
}

/** Leads to the second step: a passkey when the account has one. The ticket stays in an encrypted cookie of this interaction. */
export async function toSecondStep(
  deps: Deps,
  uid: string,
  kept: KeptFirstStep & { readonly deviceId: string | null },
): Promise<ActionResult> {
  const { ticket, isRemembered, deviceId } = kept;
  createSealedCookies(deps).write(placeOf(uid), { ticket, isRemembered }, LIFE_SECONDS);
  const { hasPasskeys } = await deps.authentication.describeSecondStep({ ticket, deviceId });
  return redirect(
    hasPasskeys ? passkeyStepPath(uid) : sitePath`/interaction/${uid}/second-step/code`,
  );
}

/** The page of the second step with a passkey. */
export function passkeyStepPath(uid: string): SitePath {
  return sitePath`/interaction/${uid}/second-step/passkey`;
}

/** The first step of this interaction; undefined when it is not done, or was done too long ago. */
export function findFirstStep(deps: Sealing, uid: string): KeptFirstStep | undefined {
  return createSealedCookies(deps).read(placeOf(uid)) as KeptFirstStep | undefined;
}

/** Removes the first step of a sign-in that is complete. */
export function forgetFirstStep(deps: Sealing, uid: string): void {
  createSealedCookies(deps).remove(placeOf(uid));
}

/** The second factors of the account of a first step; undefined when its ticket is too old. */
export async function methodsOf(
  { authentication }: Pick<Deps, 'authentication'>,
  { ticket, deviceId }: { readonly ticket: string; readonly deviceId: string | null },
): Promise<SecondStepMethods | undefined> {
  try {
    return await authentication.describeSecondStep({ ticket, deviceId });
  } catch (error) {
    if (isAppError(error, 'second_step_expired')) return undefined;
    throw error;
  }
}

/** Without a valid ticket the first step has to be repeated. */
export function firstStepAgain(uid: string): ActionResult {
  const flash = { kind: 'warn', message: 'interactions:secondStep.over' } as const;
  return redirect(sitePath`/interaction/${uid}/sign-in`, { flash });
}

/** The same page after a wrong code. */
export function afterWrongCode(uid: string, step: Exclude<SecondStep, 'passkey'>): SitePath {
  return step === 'code'
    ? sitePath`/interaction/${uid}/second-step/code?tried=wrong`
    : sitePath`/interaction/${uid}/second-step/recovery?tried=wrong`;
}

function placeOf(uid: string) {
  return { name: 'second-step', path: sitePath`/interaction/${uid}/second-step`, id: uid };
}
