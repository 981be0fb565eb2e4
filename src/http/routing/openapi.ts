import { STATUS_CODES } from 'node:http';
import { Type, type TObject, type TSchema } from 'typebox';

import { failuresOf } from './common-failures.ts';
import { isNothing, type AnyRoute, type ApiRoute } from './route.ts';
import { keywordsOf, strictCopy } from './schema-copy.ts';

/** A JSON value of the OpenAPI document. */
type OpenApiDocument = Readonly<Record<string, unknown>>;

const PROBLEM_REF = '#/components/schemas/Problem';
const NAMES = /\{(\w+)\}/g;

const Problem = Type.Object(
  {
    type: Type.String({ description: 'Always about:blank; `code` distinguishes errors.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable: programs may depend on it.' }),
    detail: Type.Optional(
      Type.String({ description: 'For developers, in development mode only.' }),
    ),
    fields: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Field name to stable error code.',
      }),
    ),
    requestId: Type.String({ description: 'Quote this id in a request for support.' }),
  },
  { description: 'RFC 9457 problem details.' },
);

/** The parts of the document that depend on the product. */
export interface ApiDescription {
  readonly title: string;
  readonly description: string;
  /** The name of the cookie of a session, over TLS. */
  readonly sessionCookie: string;
}

/**
 * The OpenAPI 3.1 document of all JSON routes; pages are left out. It depends on the routes alone, so the written
 * `docs/openapi.json` changes only when they do.
 */
export function buildOpenApi(
  routes: readonly AnyRoute[],
  { title, description, sessionCookie }: ApiDescription,
): OpenApiDocument {
  const operations = routes.filter((route): route is ApiRoute => route.kind === 'api');
  const sorted = operations.toSorted((left, right) => compare(left.path, right.path));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of sorted) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: 'v1',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(sorted.map(({ tag }) => tag))].toSorted().map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: plain(Problem) },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: sessionCookie,
          description:
            'The session of a signed-in browser; without TLS the name lacks its prefix. Changes also need the x-csrf-token header or a same-origin request.',
        },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token that carries the scope named at the operation.',
        },
        app: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An access token of the app itself (`client_credentials`) that carries the scope named at the operation.',
        },
      },
    },
  };
}

function describe(route: ApiRoute): OpenApiDocument {
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    security: securityOf(route),
    parameters: [...pathParameters(route), ...queryParameters(route.query)],
    ...(route.body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: plain(strictCopy(route.body)) } },
      },
    }),
    ...(route.consumes !== undefined && {
      requestBody: { required: true, content: bytesOf(route.consumes.types) },
    }),
    responses: responsesOf(route),
  };
}

function bytesOf(types: readonly string[]): OpenApiDocument {
  return Object.fromEntries(
    types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
  );
}

function producedBy({ producesJson }: ApiRoute, types: readonly string[]): OpenApiDocument {
  const isJson = (type: string): boolean => type === 'application/json';
  if (types.some(isJson) && producesJson === undefined)
    throw new Error('a file of JSON needs the schema of its content');
  return {
    ...bytesOf(types.filter((type) => !isJson(type))),
    ...(producesJson !== undefined && { 'application/json': { schema: plain(producesJson) } }),
  };
}

function securityOf(route: ApiRoute): readonly object[] {
  if (route.appScope !== undefined) return [{ app: [route.appScope] }];
  if (route.access === 'public') return [];
  const session = { session: [] };
  return route.scope === undefined ? [session] : [session, { bearer: [route.scope] }];
}

function pathParameters(route: ApiRoute): object[] {
  return [...route.path.matchAll(NAMES)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: plain(route.params?.properties[name] ?? Type.String()),
  }));
}

function queryParameters(query: TObject | undefined): object[] {
  const required = new Set(query?.required ?? []);
  return Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema: plain(schema),
  }));
}

function responsesOf(route: ApiRoute): OpenApiDocument {
  const success = isNothing(route.response)
    ? { description: 'Done' }
    : {
        description: STATUS_CODES[route.status] ?? 'OK',
        content:
          route.produces === undefined
            ? { 'application/json': { schema: plain(route.response) } }
            : producedBy(route, route.produces),
        ...(route.location !== undefined && {
          headers: {
            Location: {
              required: true,
              schema: { type: 'string' },
              description: 'The path of the new object.',
            },
          },
        }),
      };
  const redirect =
    route.redirects === undefined ? {} : { '303': redirectResponse(route.redirects) };
  const failures = failuresOf(route).map(([status, codes]) => [
    String(status),
    problemResponse(status, codes),
  ]);
  return { [String(route.status)]: success, ...redirect, ...Object.fromEntries(failures) };
}

function redirectResponse(description: string): OpenApiDocument {
  return {
    description,
    headers: { Location: { required: true, schema: { type: 'string', format: 'uri' } } },
  };
}

function problemResponse(status: number, codes: readonly string[]): OpenApiDocument {
  const needsRetry = status === 429 || status === 503;
  return {
    description: `${STATUS_CODES[status] ?? 'Problem'}. Codes: ${codes.join(', ')}.`,
    ...(needsRetry && {
      headers: {
        'Retry-After': {
          required: true,
          schema: { type: 'integer', minimum: 1 },
          description: 'Seconds to wait.',
        },
      },
    }),
    content: { 'application/problem+json': { schema: { $ref: PROBLEM_REF } } },
  };
}

// TypeBox objects have members of their own; the document contains JSON Schema only.
function plain(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(keywordsOf(schema)));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
