import { Router } from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';

import type { ApiDescription } from './routing/openapi.ts';
import { documentationRoutes, serveOpenApi } from './documentation-routes.ts';
import { designGuideRoutes } from './pages/design-guide-routes.ts';
import { createApiHandler, type HandlerDeps } from './routing/api-handler.ts';
import { catchFailures } from './failure-responder.ts';
import { HttpError } from './http-error.ts';
import { createIngress } from './arrival/ingress.ts';
import { applyKoaSettings } from './koa-settings.ts';
import { createPageHandler } from './routing/page-handler.ts';
import { preferenceRoutes } from './pages/preference-routes.ts';
import type { AnyRoute } from './routing/route.ts';

/** The protocol library, for its paths. */
interface ProtocolHandler {
  isProtocolPath(path: string): boolean;
  /** Answers the request. Host, scheme and address in its headers are ours and true; see `ingress.ts`. May set `ctx.state.routePattern` for the log. */
  serve(ctx: Context): Promise<void>;
}

export interface HttpAppOptions extends HandlerDeps {
  readonly routes: readonly AnyRoute[];
  /** For `/docs` and `/openapi.json`; null: they are not served. */
  readonly apiDocs: ApiDescription | null;
  readonly protocol?: ProtocolHandler;
  /** Runs before routes, for things like health checks that need no routing. */
  readonly before?: readonly Middleware[];
}

/**
 * Connects routes, protocol and everything around them into one Koa application; call `.callback()` to serve it.
 * @throws Error at start for a schema that cannot be compiled, or two routes with one method and path or one operationId.
 */
export function createHttpApp(options: HttpAppOptions): Koa {
  const { kit, protocol } = options;
  const app = new Koa({ proxy: false });
  applyKoaSettings(app, kit.logger);

  const routers = createRouters(options);
  app.use(createIngress(kit));
  app.use(catchFailures(kit.respondToFailure));
  for (const middleware of options.before ?? []) app.use(middleware);
  app.use(kit.assets.serve);
  app.use((ctx, next) => routers.get(firstSegment(ctx.path))?.answer(ctx, next) ?? next());
  app.use(async (ctx) => {
    refuseMethod(routers.get(firstSegment(ctx.path))?.router, ctx);
    if (protocol === undefined || !protocol.isProtocolPath(ctx.path))
      throw new HttpError(404, 'not_found');
    ctx.state['routePattern'] = 'protocol';
    await protocol.serve(ctx);
  });
  return app;
}

interface RouterOfSegment {
  readonly router: Router;
  readonly answer: Middleware;
}

/** A router compares a path with the patterns of all its routes: each first segment has a router of its own. */
function createRouters(options: HttpAppOptions): ReadonlyMap<string, RouterOfSegment> {
  const routers = new Map<string, RouterOfSegment>();
  const register = (path: string, method: string, handler: Middleware): void => {
    const segment = firstSegment(path);
    if (segment.includes('{')) throw new Error(`the first segment of ${path} is not fixed`);
    const known = routers.get(segment) ?? newRouter();
    routers.set(segment, known);
    known.router.register(path.replaceAll(/\{(\w+)\}/g, ':$1'), [method], handler as never);
  };
  const { kit } = options;
  const guide = kit.settings.isDevelopment ? designGuideRoutes() : [];
  const { apiDocs } = options;
  const docs = apiDocs === null ? [] : documentationRoutes(options.routes);
  const routes = [...options.routes, ...preferenceRoutes(kit), ...docs, ...guide];
  requireDistinct(routes);
  for (const route of routes.toSorted(byPrecision)) {
    const handler =
      route.kind === 'api' ? createApiHandler(route, options) : createPageHandler(route, options);
    register(route.path, route.method, handler);
  }
  if (apiDocs !== null)
    register('/openapi.json', 'get', serveOpenApi(kit, options.routes, apiDocs));
  return routers;
}

function newRouter(): RouterOfSegment {
  const router = new Router({ strict: true, sensitive: true });
  return { router, answer: router.routes() as unknown as Middleware };
}

/** `account` for `/account/sessions`; empty for `/`. */
function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
}

// `/apps/new` has precedence over `/apps/{appId}`, independent of the order of declaration.
function byPrecision(left: AnyRoute, right: AnyRoute): number {
  const [first = '', second = ''] = [left, right].map(({ path }) =>
    path.replaceAll(/\{\w+\}/g, '\u{ffff}'),
  );
  return first < second ? -1 : Number(first > second);
}

function requireDistinct(routes: readonly AnyRoute[]): void {
  const seen = new Set<string>();
  for (const route of routes) {
    const place = `${route.method} ${route.path.replaceAll(/\{\w+\}/g, '{}')}`;
    const names = route.kind === 'api' ? [place, route.operationId] : [place];
    for (const name of names) {
      if (seen.has(name)) throw new Error(`the route ${name} is declared twice`);
      seen.add(name);
    }
  }
}

// RFC 9110 §15.5.6: the answer names the methods of the path.
function refuseMethod(router: Router | undefined, ctx: Context): void {
  const layers = router?.match(ctx.path, ctx.method).path ?? [];
  const methods = new Set(layers.flatMap((layer) => layer.methods));
  if (methods.size === 0) return;
  throw new HttpError(405, 'method_not_allowed', { Allow: [...methods].toSorted().join(', ') });
}
