import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { PasskeyCreation } from './add-passkey.ts';
import type { Passkey } from './passkey.ts';

interface AddPasskeyModel {
  readonly creation: PasskeyCreation;
  readonly formErrors: FormErrors | null;
}

interface PasskeyModel {
  readonly passkey: Passkey;
  /** The typed name, or the present one. */
  readonly name: string;
  readonly formErrors: FormErrors | null;
}

interface RemovePasskeyModel {
  readonly passkey: Passkey;
  /** It is the last second factor: sign-ins would need one step. */
  readonly isLastFactor: boolean;
}

interface RequirementModel {
  readonly isRequired: boolean;
  readonly hasAuthenticator: boolean;
  readonly formErrors: FormErrors | null;
}

/** The page on which a browser creates a passkey. */
export const addPasskeyPage = page<AddPasskeyModel>('authentication/add-passkey.njk');

/** The name of one passkey. */
export const passkeyPage = page<PasskeyModel>('authentication/passkey.njk');

/** The confirmation before a passkey is removed. */
export const removePasskeyPage = page<RemovePasskeyModel>('authentication/remove-passkey.njk');

/** The switch that requires a second step for which a passkey is enough. */
export const secondStepRequirementPage = page<RequirementModel>(
  'authentication/second-step-requirement.njk',
);
