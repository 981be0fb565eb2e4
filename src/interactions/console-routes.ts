import { Type } from 'typebox';

import type { AnyRoute } from '../http/routing/route.ts';
import { pageRoute, redirect, render } from '../http/routing/page-route.ts';
import { signInUrl } from '../oidc/http.ts';
import { landingPage } from './interaction-views.ts';
import { safeReturnPath } from '../http/pages/site-path.ts';
import type { InteractionsContext } from './context.ts';

/** The start page, and the address to which a sign-in to our own pages returns. */
export function consoleRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/',
      access: 'public',
      handle: async () =>
        render(landingPage, {
          signInUrl: signInUrl(deps, { next: '/account' }),
          registerUrl: signInUrl(deps, { next: '/account', prompt: 'create' }),
        }),
    }),

    pageRoute({
      method: 'get',
      path: '/account/signed-in',
      access: 'public',
      query: Type.Object({
        state: Type.Optional(Type.String({ maxLength: 4_000 })),
        error: Type.Optional(Type.String({ maxLength: 200 })),
      }),
      handle: async ({ query, caller }) => {
        const next = deps.returnAddress.open(query.state ?? '');
        // A page that the person may not see leads to the sign-in, which returns here: only a page with a link ends that circle.
        const isSignedIn = caller.kind === 'person';
        if (query.error !== undefined || next === undefined || !isSignedIn) return redirect('/');
        return redirect(safeReturnPath(next, deps.issuer) ?? '/');
      },
    }),
  ];
}
