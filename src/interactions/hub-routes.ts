import type { AnyRoute } from '../http/routing/route.ts';
import { pageRoute, type PageResult } from '../http/routing/page-route.ts';
import { showConsent } from './consent-routes.ts';
import { openInteraction } from './open-interaction.ts';
import { showRegister } from './registration-routes.ts';
import { showChoose, showSignIn } from './sign-in-routes.ts';
import { showUsername } from './username-routes.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';

/** The address to which `/auth` redirects the browser: it redirects to the page of the prompt. */
export function hubRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    pageRoute({
      ...INTERACTION_PAGE,
      method: 'get',
      path: '/interaction/{uid}',
      handle: async ({ ctx, params, request, caller }): Promise<PageResult> => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        switch (interaction.prompt) {
          case 'create':
            return showRegister(deps, interaction, {});
          case 'select_account':
            return showChoose(deps, interaction);
          case 'login':
            return showSignIn(deps, interaction, {});
          case 'username':
            return showUsername(deps, interaction, { ctx, caller });
          case 'consent':
            return showConsent(deps, interaction, { locale: request.locale });
        }
      },
    }),
  ];
}
