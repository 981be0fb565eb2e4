/** interactions: the pages between `/auth` and its answer. A hub: steps hand back to `/auth` and never call each other. */
import type { AnyRoute } from '../http/routing/route.ts';
import { consentRoutes, type ConsentRoutesDeps } from './consent-routes.ts';
import { consoleRoutes, type ConsoleRoutesDeps } from './console-routes.ts';
import { codeRoutes } from './code-routes.ts';
import { hubRoutes } from './hub-routes.ts';
import { passwordResetRoutes, type PasswordResetRoutesDeps } from './password-reset-routes.ts';
import { registrationRoutes, type RegistrationRoutesDeps } from './registration-routes.ts';
import { restoreRoutes } from './restore-routes.ts';
import { signInRoutes, type SignInRoutesDeps } from './sign-in-routes.ts';

export type InteractionRoutesDeps = ConsentRoutesDeps &
  ConsoleRoutesDeps &
  PasswordResetRoutesDeps &
  RegistrationRoutesDeps &
  SignInRoutesDeps;

/** Every page of a sign-in, and the front door. */
export function interactionRoutes(deps: InteractionRoutesDeps): readonly AnyRoute[] {
  return [
    ...consoleRoutes(deps),
    ...hubRoutes(deps),
    ...signInRoutes(deps),
    ...codeRoutes(deps),
    ...restoreRoutes(deps),
    ...registrationRoutes(deps),
    ...passwordResetRoutes(deps),
    ...consentRoutes(deps),
  ];
}
