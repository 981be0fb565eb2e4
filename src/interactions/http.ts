/**
 * interactions: the pages between `/auth` and its answer. Each page returns to `/auth`, which selects the next one;
 * pages never call each other.
 */
import type { AnyRoute } from '../http/routing/route.ts';
import { addressStepRoutes } from './address-step-routes.ts';
import { consentRoutes } from './consent-routes.ts';
import { leadOnAfterEnd } from './ended-interaction.ts';
import { consoleRoutes } from './console-routes.ts';
import { codeRoutes } from './code-routes.ts';
import { hubRoutes } from './hub-routes.ts';
import { passkeyOfferRoutes } from './passkeys/passkey-offer-routes.ts';
import { passkeySignInRoutes } from './passkeys/passkey-routes.ts';
import { passkeyStepRoutes } from './passkeys/passkey-step-routes.ts';
import { passwordResetRoutes } from './password-reset-routes.ts';
import { registrationRoutes } from './registration-routes.ts';
import { resendRoutes } from './resend-routes.ts';
import { restoreRoutes } from './restore-routes.ts';
import { secondStepRoutes } from './second-step-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { usernameRoutes } from './username-routes.ts';
import { valueStepRoutes } from './value-step-routes.ts';
import type { InteractionsContext } from './context.ts';

export type { InteractionsContext } from './context.ts';

/** Every page of a sign-in, and the start page. */
export function interactionRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return leadOnAfterEnd(deps, [
    ...consoleRoutes(deps),
    ...hubRoutes(deps),
    ...signInRoutes(deps),
    ...passkeySignInRoutes(deps),
    ...passkeyStepRoutes(deps),
    ...passkeyOfferRoutes(deps),
    ...secondStepRoutes(deps),
    ...codeRoutes(deps),
    ...restoreRoutes(deps),
    ...registrationRoutes(deps),
    ...resendRoutes(deps),
    ...passwordResetRoutes(deps),
    ...consentRoutes(deps),
    ...addressStepRoutes(deps),
    ...valueStepRoutes(deps),
    ...usernameRoutes(deps),
  ]);
}
