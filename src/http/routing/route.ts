import type { Context } from 'koa';
import { Type, type Static, type TObject, type TSchema } from 'typebox';

import type { Access, CallerFor } from './caller.ts';
import type { FileAnswer } from '../bodies/file-answer.ts';
import type { PageRouteDefinition } from './page-route.ts';
import { requireBounded } from '../bodies/bounded-input.ts';
import type { RedirectAnswer } from './redirect-answer.ts';
import { requireTypedPath } from './path-parameters.ts';
import type {
  ErrorCodes,
  HandlerRequest,
  InputOf,
  ReadonlyDeep,
  RouteLimit,
  TypedPath,
} from './route-types.ts';
import type { Upload, UploadRule } from '../bodies/upload.ts';

/** Declares that an operation answers without a body (204). */
export const Nothing = Type.Void();

/** Declares that an operation answers with bytes of the types in `produces`. */
export const Bytes = Type.Unsafe<FileAnswer>({ type: 'string', format: 'binary' });

interface ApiInput<Params, Query, Body, C> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: C;
  readonly request: HandlerRequest;
  /** The unread body of a route with `consumes`. */
  readonly upload: Upload;
  /** Request and response of Koa, for operations of the protocol. */
  readonly ctx: Context;
}

/**
 * One operation of the JSON API, described once: it feeds the router, ajv in and out, the types and OpenAPI.
 *
 * ```ts
 * route({
 *   method: 'get', path: '/api/v1/clients/{clientId}', operationId: 'readClient', tag: 'Apps',
 *   summary: 'Read one of your apps', access: 'person', scope: 'clients:read', params: ClientParams,
 *   response: ClientView, errorCodes: { 404: ['client_not_found'] },
 *   handle: async ({ params, caller }) => presentToOwner(await clients.findOwned(caller.accountId, params.clientId)),
 * })
 * ```
 */
export interface ApiSpec<
  Path extends string,
  A extends Access,
  P extends TObject | undefined,
  Q extends TObject | undefined,
  B extends TObject | undefined,
  R extends TSchema,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With names in braces, such as `/api/v1/clients/{clientId}`, each with a type in `params`; any other value is answered with 404. */
  readonly path: Path;
  /** Unique, camel case; generated clients use it as the function name. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: A;
  /** The answer is the same for every caller: neither a session nor a token is looked up. Only for public operations. */
  readonly isCookieless?: true;
  /** The scope that an access token must have. A session needs no scope; a token always needs one on a route that is not public. */
  readonly scope?: string;
  /** The scope of a token of the app itself (`client_credentials`), which the handler of a public route requires. */
  readonly appScope?: string;
  readonly params?: P;
  /** Query values are coerced from text; undeclared names are refused. */
  readonly query?: Q;
  /** Never coerced; each undeclared field is refused. */
  readonly body?: B;
  /** In place of `body`: bytes of one of these types, passed as a stream in `upload`. */
  readonly consumes?: UploadRule;
  /** Content types of an answer of {@link Bytes}. */
  readonly produces?: readonly string[];
  /** The schema of the answer of {@link Bytes} that is JSON. It is for documentation only; answers are not validated against it. */
  readonly producesJson?: TSchema;
  /** The answer is reduced to this schema: an undeclared field never leaves. */
  readonly response: R;
  /** Default 200, or 204 with `Nothing`. */
  readonly status?: 200 | 201 | 202 | 204;
  /** When the operation answers with a redirect (`redirectTo`) in place of `response`. */
  readonly redirects?: string;
  /** Value of the Location header of a 201. */
  readonly location?: (result: Static<R>) => string;
  /** Status to codes of failures that this operation can answer with, besides the common ones of `common-failures.ts`. */
  readonly errorCodes?: ErrorCodes;
  readonly limit?: RouteLimit;
  readonly handle: (
    input: ApiInput<InputOf<P>, InputOf<Q>, InputOf<B>, CallerFor<A>>,
  ) => Promise<Answer<R>>;
}

/** With `redirects` an operation may answer with a redirect instead. */
type Answer<R extends TSchema> =
  RedirectAnswer | (R extends typeof Nothing ? void : ReadonlyDeep<Static<R>>);

type AnySpec = ApiSpec<
  string,
  Access,
  TObject | undefined,
  TObject | undefined,
  TObject | undefined,
  TSchema
>;

/** An {@link ApiSpec} without its type parameters. */
export interface ApiRoute extends Omit<AnySpec, 'status' | 'location' | 'errorCodes' | 'handle'> {
  readonly kind: 'api';
  readonly status: number;
  readonly location?: ((result: never) => string) | undefined;
  readonly errorCodes: ErrorCodes;
  readonly handle: (input: never) => Promise<unknown>;
}

export type AnyRoute = ApiRoute | PageRouteDefinition;

/**
 * Declares one operation of the JSON API.
 * @throws Error for a path parameter without a type, and for input without a bound.
 */
export function route<
  const Path extends string,
  const A extends Access,
  R extends TSchema,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  B extends TObject | undefined = undefined,
>(spec: ApiSpec<Path, A, P, Q, B, R> & TypedPath<Path>): ApiRoute {
  requireTypedPath(spec.path, spec.params);
  for (const schema of [spec.params, spec.query, spec.body])
    requireBounded(`${spec.method} ${spec.path}`, schema);
  const status = isNothing(spec.response) ? 204 : 200;
  return { status, errorCodes: {}, ...spec, kind: 'api' };
}

/** True for {@link Nothing}. */
export function isNothing(schema: TSchema): boolean {
  return (schema as { type?: unknown }).type === 'void';
}
