import type { Readable } from 'node:stream';

import type { Static, TObject, TSchema } from 'typebox';

import type { RequestContext } from '../../platform/request-context.ts';

/** Names between braces in a path template, as in RFC 6570 level 1. */
type PathNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathNames<Rest>
  : never;

/** Requires a type for each parameter of the path. A path without parameters needs none. */
export type TypedPath<Path extends string> = [PathNames<Path>] extends [never]
  ? unknown
  : { readonly params: TObject<Record<PathNames<Path>, TSchema>> };

/** The decoded value of a schema, or an empty object when nothing is declared. */
export type InputOf<S extends TObject | undefined> = S extends TObject
  ? Static<S>
  : Readonly<Record<string, never>>;

/** The same value as a read-only type. */
export type ReadonlyDeep<T> = T extends Date | Uint8Array | Readable
  ? T
  : T extends object
    ? { readonly [Member in keyof T]: ReadonlyDeep<T[Member]> }
    : T;

/** The request as handlers receive it. */
export interface HandlerRequest extends RequestContext {
  /** Our own public origin from the configuration, never from a header. */
  readonly origin: string;
}

/** At most `points` requests per window from one address (and from one account, for a caller with one). */
export interface RouteLimit {
  readonly points: number;
  readonly perSeconds: number;
}

/** Field name -> stable error code. */
export type FormErrors = Readonly<Record<string, string>>;

/** The typed values, for filling the form again. */
export type FormValues = Readonly<Record<string, string | readonly string[]>>;

/** Status of a failed answer -> stable codes that distinguish the reasons. */
export type ErrorCodes = Readonly<
  Partial<Record<400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 429 | 503, readonly string[]>>
>;
