import type { Context, Middleware } from 'koa';

import { packable, sendPacked } from './bodies/packed-body.ts';
import type { HttpKit } from './http-kit.ts';
import { page } from './pages/page.ts';
import { buildOpenApi, type ApiDescription } from './routing/openapi.ts';
import { pageRoute, render } from './routing/page-route.ts';
import type { AnyRoute, ApiRoute } from './routing/route.ts';
import { applyApiHeaders } from './security-headers.ts';
import { isHttps } from './settings.ts';

interface DocsModel {
  readonly groups: readonly {
    readonly tag: string;
    readonly operations: readonly Pick<ApiRoute, 'method' | 'path' | 'summary'>[];
  }[];
}

export const docsPage = page<DocsModel>('common/docs.njk');

/** The page that shows the API; without scripts it is a list of its operations. */
export function documentationRoutes(routes: readonly AnyRoute[]): readonly AnyRoute[] {
  const apiRoutes = routes.filter((route) => route.kind === 'api');
  const byTag = [...Map.groupBy(apiRoutes, ({ tag }) => tag)];
  const groups = byTag.map(([tag, operations]) => ({ tag, operations }));
  return [
    pageRoute({
      method: 'get',
      path: '/docs',
      access: 'public',
      handle: async () => render(docsPage, { groups }),
    }),
  ];
}

/** Serves the OpenAPI document, built once. */
export function serveOpenApi(
  kit: HttpKit,
  routes: readonly AnyRoute[],
  description: ApiDescription,
): Middleware {
  const body = packable(Buffer.from(JSON.stringify(buildOpenApi(routes, description))));
  return async (ctx: Context) => {
    ctx.state['routePattern'] = '/openapi.json';
    applyApiHeaders(ctx, { isHttps: isHttps(kit.settings) });
    ctx.type = 'application/json';
    await sendPacked(ctx, body);
  };
}
