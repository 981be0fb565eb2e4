import { expect } from 'chai';

import {
  compileBody,
  compileForm,
  compileOutput,
  compileParams,
  compileQuery,
} from '../../src/http/routing/input-validation.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { allRoutes, type RoutesDeps } from '../../src/server/routes.ts';

// Routes use their dependencies only when they are called.
const nothing = new Proxy(() => nothing, { get: () => nothing }) as unknown as RoutesDeps;

describe('The schemas of the routes', () => {
  const schemas = allRoutes(nothing).map((route) => ({
    name: `${route.method} ${route.path}`,
    route,
  }));

  it('are compiled at their first use without a fault', () => {
    const checks = schemas.flatMap(({ name, route }) => [
      { name, check: compileQuery(route.query) },
      { name, check: compileParams(route.params, 'not_found') },
      ...('body' in route && route.body !== undefined
        ? [{ name, check: compileBody(route.body) }]
        : []),
      ...('form' in route && route.form !== undefined
        ? [{ name, check: compileForm(route.form) }]
        : []),
      ...('response' in route && route.status !== 204 && route.produces === undefined
        ? [{ name, check: compileOutput(route.response) }]
        : []),
    ]);
    expect(checks).to.have.length.above(400);
    for (const { name, check } of checks) {
      try {
        check({});
      } catch (error) {
        expect(error, name).to.be.instanceOf(AppError);
      }
    }
  });
});
