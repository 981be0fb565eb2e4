import type { Context } from 'koa';
import type { Static, TObject } from 'typebox';

import type { PageAccess, PageCallerFor } from './caller.ts';
import type { FileField } from '../bodies/multipart-form.ts';
import type { ActionResult, PageResult } from '../pages/page-result.ts';
import { requireBounded } from '../bodies/bounded-input.ts';
import { requireTypedPath } from './path-parameters.ts';
import type {
  FormErrors,
  FormValues,
  HandlerRequest,
  InputOf,
  RouteLimit,
  TypedPath,
} from './route-types.ts';

export {
  download,
  leave,
  notFound,
  redirect,
  render,
  showOnce,
  showUnsaved,
  success,
} from '../pages/page-result.ts';
export type { ActionResult, Flash, PageResult } from '../pages/page-result.ts';
export type { FormErrors, FormValues, HandlerRequest } from './route-types.ts';

interface PageInput<Params, Query, C> {
  readonly params: Params;
  readonly query: Query;
  readonly caller: C;
  readonly request: HandlerRequest;
  /** The unread file of a route with `file`; null when the person chose none. */
  readonly file: AsyncIterable<Buffer> | null;
  /** Request and response of Koa, for pages of the protocol. */
  readonly ctx: Context;
}

/** The members of every route of pages. */
interface RouteSpec<
  Path extends string,
  A extends PageAccess,
  P extends TObject | undefined,
  Q extends TObject | undefined,
> {
  readonly path: Path;
  readonly access: A;
  /** Requires a fresh proof of identity when the last one is older than this. */
  readonly freshSeconds?: number;
  /** A type for each name in braces of `path`; any other value is answered with 404. */
  readonly params?: P;
  /** Undeclared names are ignored. An invalid value counts as absent when it is optional; otherwise the answer is 404. */
  readonly query?: Q;
  readonly limit?: RouteLimit;
}

/** A page, or a post that sends nothing but its path. */
interface PageSpec<
  Method extends 'get' | 'post',
  Path extends string,
  A extends PageAccess,
  P extends TObject | undefined,
  Q extends TObject | undefined,
> extends RouteSpec<Path, A, P, Q> {
  readonly method: Method;
  readonly handle: (
    input: PageInput<InputOf<P>, InputOf<Q>, PageCallerFor<A>>,
  ) => Promise<Method extends 'get' ? PageResult : ActionResult>;
}

/** A route without its type parameters. */
export interface PageRouteDefinition extends RouteSpec<
  string,
  PageAccess,
  TObject | undefined,
  TObject | undefined
> {
  readonly kind: 'page';
  readonly method: 'get' | 'post';
  readonly form?: TObject | undefined;
  readonly file?: FileField | undefined;
  /** The same path with GET shows the form. */
  readonly isFormPage?: boolean;
  readonly handle: (input: never) => Promise<PageResult>;
}

/**
 * Declares one page (`get`), or a post without fields, which cannot answer with a page. Posts with fields are declared by
 * {@link formPage} and {@link formAction}.
 * @throws Error for a path parameter without a type, and for input without a bound.
 */
export function pageRoute<
  const Method extends 'get' | 'post',
  const Path extends string,
  const A extends PageAccess,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
>(spec: PageSpec<Method, Path, A, P, Q> & TypedPath<Path>): PageRouteDefinition {
  return declare(spec);
}

/**
 * A form. `show` answers with the page that has the form: it is called after a post that was refused, with `formErrors` (key `form`
 * when no field is named). Refused are fields that do not fit `form`, and posts for which `submit` throws an AppError that has
 * `fields`, that is of kind `invalid` or `too_many`, or that can be repeated soon; and posts beyond a limit. Other AppErrors become
 * the error page: catch those that need a better explanation.
 *
 * ```ts
 * formPage({
 *   path: '/account/emails', access: 'person', freshSeconds: 600, form: Type.Object({ email: Type.String({ maxLength: 254 }) }),
 *   show: async ({ caller, formErrors, formValues }) => render(emailsPage, await model(caller, { formErrors, formValues })),
 *   submit: async ({ caller, form }) => {
 *     await addEmail(deps, { accountId: caller.accountId, email: form.email });
 *     return redirect('/account/emails', success('vault:flash.added'));
 *   },
 * })
 * ```
 */
interface FormSpec<
  Path extends string,
  A extends PageAccess,
  P extends TObject | undefined,
  Q extends TObject | undefined,
  F extends TObject | undefined,
  /** Null where `show` also answers GET. */
  Errors extends FormErrors | null,
> extends RouteSpec<Path, A, P, Q> {
  /**
   * Values are coerced from text. An empty optional field counts as absent; an undeclared field is refused.
   * The CSRF token is checked and removed before.
   */
  readonly form?: F;
  /** The form is `multipart/form-data` and its last field is this file. */
  readonly file?: FileField;
  /** Shows the page again after a post that was refused; of {@link formPage} it also answers GET. */
  readonly show: (
    input: PageInput<InputOf<P>, InputOf<Q>, PageCallerFor<A>> & {
      readonly formErrors: Errors;
      readonly formValues: FormValues;
    },
  ) => Promise<PageResult>;
  /** Answers a post whose form is valid. */
  readonly submit: (
    input: PageInput<InputOf<P>, InputOf<Q>, PageCallerFor<A>> & {
      readonly form: F extends TObject ? Static<F> : null;
      readonly formValues: FormValues;
    },
  ) => Promise<ActionResult>;
}

interface FormPageSpec<
  Path extends string,
  A extends PageAccess,
  P extends TObject | undefined,
  Q extends TObject | undefined,
  F extends TObject | undefined,
> extends FormSpec<Path, A, P, Q, F, FormErrors | null> {
  /** In place of `freshSeconds` for the post. */
  readonly submitFreshSeconds?: number;
}

/** Declares a page and the post of its form at one path. @throws Error as {@link pageRoute}. */
export function formPage<
  const Path extends string,
  const A extends PageAccess,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  F extends TObject | undefined = undefined,
>(spec: FormPageSpec<Path, A, P, Q, F> & TypedPath<Path>): readonly PageRouteDefinition[] {
  const { submit, submitFreshSeconds, ...page }: FormPageSpec<Path, A, P, Q, F> = spec;
  const { form: _form, file: _file, limit: _limit, show, ...get } = page;
  const fresh = submitFreshSeconds === undefined ? {} : { freshSeconds: submitFreshSeconds };
  return [
    declare({ ...get, method: 'get', handle: show }),
    { ...declarePost({ ...page, ...fresh, submit }), isFormPage: true },
  ];
}

/** Declares the post of a form that is on a page at another path. @throws Error as {@link pageRoute}. */
export function formAction<
  const Path extends string,
  const A extends PageAccess,
  F extends TObject,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
>(
  spec: FormSpec<Path, A, P, Q, F, FormErrors> & { readonly form: F } & TypedPath<Path>,
): PageRouteDefinition {
  return declarePost<Path, A, P, Q, F, FormErrors>(spec);
}

function declarePost<
  Path extends string,
  A extends PageAccess,
  P extends TObject | undefined,
  Q extends TObject | undefined,
  F extends TObject | undefined,
  Errors extends FormErrors | null,
>({ show, submit, ...post }: FormSpec<Path, A, P, Q, F, Errors>): PageRouteDefinition {
  const handle = (input: Parameters<typeof submit>[0] & Parameters<typeof show>[0]) =>
    input.formErrors === null ? submit(input) : show(input);
  return declare({ ...post, method: 'post', handle });
}

function declare(definition: Omit<PageRouteDefinition, 'kind'>): PageRouteDefinition {
  const { method, path, params, query, form } = definition;
  requireTypedPath(path, params);
  for (const schema of [params, query, form]) requireBounded(`${method} ${path}`, schema);
  return { ...definition, kind: 'page' };
}

/** The text that was typed into a field; empty without one. */
export function typedText(values: FormValues, name: string): string {
  const value = values[name];
  return typeof value === 'string' ? value : '';
}
