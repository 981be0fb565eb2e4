import type { AnyRoute } from '../http/route.ts';
import { pageRoute, type PageResult } from '../http/page-route.ts';
import { showConsent, type ConsentRoutesDeps } from './consent-routes.ts';
import { openInteraction } from './open-interaction.ts';
import { showRegister } from './registration-routes.ts';
import { showChoose, showSignIn } from './sign-in-routes.ts';
import { InteractionParams } from './interaction-path-schema.ts';

/** Where `/auth` sends the browser: the hub finds out what is asked and shows that page. */
export function hubRoutes(deps: ConsentRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/interaction/{uid}',
      access: 'public',
      params: InteractionParams,
      handle: async ({ ctx, params, request }): Promise<PageResult> => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        switch (interaction.prompt) {
          case 'create':
            return showRegister(interaction, {});
          case 'select_account':
            return showChoose(deps, interaction);
          case 'login':
            return showSignIn(deps, interaction, {});
          case 'consent':
            return showConsent(deps, interaction, { locale: request.locale });
        }
      },
    }),
  ];
}
