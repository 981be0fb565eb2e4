import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import { isAppError } from '../platform/app-error.ts';
import { ADDRESS_CLAIMS, type AddressClaim } from '../scopes/index.ts';
import { AVATAR_CLAIM, USERNAME_CLAIM } from '../vault/index.ts';

/** The claims whose values are added on pages of their own during a sign-in. */
const STEP_CLAIMS = [...ADDRESS_CLAIMS, USERNAME_CLAIM, AVATAR_CLAIM] as const;
type StepClaim = (typeof STEP_CLAIMS)[number];

/** The page that adds a value during a sign-in. */
export function addValuePath(uid: string, claim: StepClaim): SitePath {
  return sitePath`/interaction/${uid}/add/${claim}`;
}

/** The page that confirms an added address. */
export function confirmAddressPath(
  uid: string,
  claim: AddressClaim,
  attributeId: string,
): SitePath {
  return sitePath`/interaction/${uid}/add/${claim}/${attributeId}`;
}

/** The page to which every step returns. */
export function consentPath(uid: string): SitePath {
  return sitePath`/interaction/${uid}/consent`;
}

/** The value that the person wants to add by a button of the consent page; null for the other buttons. */
export function valueToAdd(decision: string): StepClaim | null {
  return STEP_CLAIMS.find((claim) => decision === `add.${claim}`) ?? null;
}

/** The values to add next when they are all that a decision lacks; else none. */
export function stepsTo(
  error: unknown,
  { sms }: { readonly sms: { readonly isOn: boolean } },
): readonly StepClaim[] {
  if (!isAppError(error, 'value_required')) return [];
  const lacking = Object.keys(error.fields ?? {});
  const steps = STEP_CLAIMS.filter((claim) => claim !== 'phone_number' || sms.isOn);
  const found = steps.filter((claim) => lacking.includes(claim));
  return found.length === lacking.length ? found : [];
}
