import { Type } from 'typebox';

import { pageRoute, render } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { type ClientRoutesDeps, ONE_CLIENT_PAGE } from '../client-routes.ts';
import { codeModel, codePage } from './client-code-views.ts';
import { sampleInput } from './sample.ts';

/** The page with a sample for each stack; `stack` is the tab. */
export function clientCodePageRoutes({
  clients,
  scopes,
  templates,
}: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'get',
      path: '/developer/apps/{clientId}/code',
      query: Type.Object({ stack: Type.Optional(Type.String({ maxLength: 100 })) }),
      handle: async ({ params, query, caller, request }) => {
        const client = await clients.findManaged({ ...params, manager: caller });
        const catalogue = await scopes.catalogue();
        const input = sampleInput(client, { issuer: request.origin, catalogue });
        return render(codePage, codeModel(templates, input, query.stack));
      },
    }),
  ];
}
