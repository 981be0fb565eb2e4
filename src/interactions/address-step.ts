import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import { isAppError } from '../platform/app-error.ts';
import { ADDRESS_CLAIMS, type AddressClaim } from '../scopes/index.ts';

/** The page that adds an address during a sign-in. */
export function addAddressPath(uid: string, claim: AddressClaim): SitePath {
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

/** The address that the person wants to add by a button of the consent page; null for the other buttons. */
export function addressToAdd(decision: string): AddressClaim | null {
  return ADDRESS_CLAIMS.find((claim) => decision === `add.${claim}`) ?? null;
}

/** The addresses to add next when they are all that a decision lacks; else none. */
export function stepsTo(
  error: unknown,
  { sms }: { readonly sms: { readonly isOn: boolean } },
): readonly AddressClaim[] {
  if (!isAppError(error, 'value_required')) return [];
  const lacking = Object.keys(error.fields ?? {});
  const steps = ADDRESS_CLAIMS.filter((claim) => claim === 'email' || sms.isOn);
  const found = steps.filter((claim) => lacking.includes(claim));
  return found.length === lacking.length ? found : [];
}
