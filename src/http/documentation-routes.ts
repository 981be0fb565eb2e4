import type { Context, Middleware } from 'koa';

import type { HttpKit } from './http-kit.ts';
import { buildOpenApi } from './routing/openapi.ts';
import { page } from './pages/page.ts';
import { pageRoute, render } from './routing/page-route.ts';
import { packable, sendPacked } from './bodies/packed-body.ts';
import type { AnyRoute, ApiRoute } from './routing/route.ts';
import { applyApiHeaders } from './security-headers.ts';
import { isHttps } from './settings.ts';

interface DocsModel {
  readonly groups: readonly {
    readonly tag: string;
    readonly operations: readonly {
      readonly method: string;
      readonly path: string;
      readonly summary: string;
    }[];
  }[];
}

const docsPage = page<DocsModel>('common/docs.njk', {
  groups: [
    {
      tag: 'Apps',
      operations: [
        { method: 'get', path: '/api/v1/clients/{clientId}', summary: 'Read one of your apps' },
        { method: 'post', path: '/api/v1/clients', summary: 'Register an app' },
      ],
    },
  ],
});

/** The page that shows the API; without scripts it is a list of its operations. */
export function documentationRoutes(routes: readonly AnyRoute[]): readonly AnyRoute[] {
  const model = listOperations(routes);
  return [
    pageRoute({
      method: 'get',
      path: '/docs',
      access: 'public',
      handle: async () => render(docsPage, model),
    }),
  ];
}

/** Serves the OpenAPI document, built once. */
export function serveOpenApi(kit: HttpKit, routes: readonly AnyRoute[]): Middleware {
  const body = packable(Buffer.from(JSON.stringify(buildOpenApi(routes))));
  return async (ctx: Context) => {
    ctx.state['routePattern'] = '/openapi.json';
    applyApiHeaders(ctx, { isHttps: isHttps(kit.settings) });
    ctx.type = 'application/json';
    await sendPacked(ctx, body);
  };
}

function listOperations(routes: readonly AnyRoute[]): DocsModel {
  const operations = routes.filter((route): route is ApiRoute => route.kind === 'api');
  const groups = Map.groupBy(operations, ({ tag }) => tag);
  return {
    groups: [...groups].map(([tag, members]) => ({
      tag,
      operations: members.map(({ method, path, summary }) => ({ method, path, summary })),
    })),
  };
}
