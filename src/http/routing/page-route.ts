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
  success,
} from '../pages/page-result.ts';
export type {
  ActionResult,
  Flash,
  FormTargets,
  PageResult,
  RenderOptions,
} from '../pages/page-result.ts';
export type { FormErrors, FormValues, HandlerRequest } from './route-types.ts';

/** A valid form, or the errors of an invalid one: a test of `formErrors` narrows both. */
type FormInput<F extends TObject | undefined> = F extends TObject
  ? | { readonly form: Static<F>; readonly formErrors: null; readonly formValues: FormValues }
    | { readonly form: null; readonly formErrors: FormErrors; readonly formValues: FormValues }
  : { readonly form: null; readonly formErrors: null; readonly formValues: FormValues };

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

/**
 * One HTML page or form post.
 *
 * ```ts
 * pageRoute({
 *   method: 'post', path: '/account/emails', access: 'person', freshSeconds: 600, form: Type.Object({ email: Type.String() }),
 *   handle: async ({ form, formErrors, formValues, caller }) => {
 *     if (formErrors) return render(emailsPage, await model(caller, { formErrors, formValues }));
 *     await addEmail(deps, { accountId: caller.accountId, email: form.email });
 *     return redirect('/account/emails', success('vault:flash.added'));
 *   },
 * })
 * ```
 *
 * The handler is called once more with `formErrors` (key `form` when no field is named) and `form: null` after an AppError that
 * has `fields`, that is of kind `invalid` or `too_many`, or that has the code `busy`, and after a limit that was reached before
 * it. So one branch shows both kinds of error. Other AppErrors become the error page: catch those that need a better explanation.
 */
interface PageSpec<
  Path extends string,
  A extends PageAccess,
  P extends TObject | undefined,
  Q extends TObject | undefined,
  F extends TObject | undefined,
> {
  readonly method: 'get' | 'post';
  readonly path: Path;
  readonly access: A;
  /** Requires a fresh proof of identity when the last one is older than this. */
  readonly freshSeconds?: number;
  /** A type for each name in braces of `path`; any other value is answered with 404. */
  readonly params?: P;
  /** Undeclared names are ignored. An invalid value counts as absent when it is optional; otherwise the answer is 404. */
  readonly query?: Q;
  /**
   * Values are coerced from text. An empty optional field counts as absent; an undeclared field is refused.
   * The CSRF token is checked and removed before.
   */
  readonly form?: F;
  /** The form is `multipart/form-data` and its last field is this file. */
  readonly file?: FileField;
  readonly limit?: RouteLimit;
  readonly handle: (
    input: PageInput<InputOf<P>, InputOf<Q>, PageCallerFor<A>> & FormInput<F>,
  ) => Promise<PageResult>;
}

type AnySpec = PageSpec<
  string,
  PageAccess,
  TObject | undefined,
  TObject | undefined,
  TObject | undefined
>;

/** A {@link PageSpec} without its type parameters. */
export interface PageRouteDefinition extends Omit<AnySpec, 'handle'> {
  readonly kind: 'page';
  readonly handle: (input: never) => Promise<PageResult>;
}

/**
 * Declares one page or form post.
 * @throws Error for a path parameter without a type, and for input without a bound.
 */
export function pageRoute<
  const Path extends string,
  const A extends PageAccess,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  F extends TObject | undefined = undefined,
>(spec: PageSpec<Path, A, P, Q, F> & TypedPath<Path>): PageRouteDefinition {
  return declare(spec);
}

interface FormPageSpec<
  Path extends string,
  A extends PageAccess,
  P extends TObject | undefined,
  Q extends TObject | undefined,
  F extends TObject | undefined,
> extends Omit<PageSpec<Path, A, P, Q, F>, 'method' | 'handle'> {
  /** In place of `freshSeconds` for the post. */
  readonly submitFreshSeconds?: number;
  /** Answers GET, and shows the page again after a post that was refused, with `formErrors` and the typed `formValues`. */
  readonly show: (
    input: PageInput<InputOf<P>, InputOf<Q>, PageCallerFor<A>> & {
      readonly formErrors: FormErrors | null;
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

/** Declares a page and the post of its form at one path. Everything that {@link pageRoute} describes holds for both. */
export function formPage<
  const Path extends string,
  const A extends PageAccess,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  F extends TObject | undefined = undefined,
>(spec: FormPageSpec<Path, A, P, Q, F> & TypedPath<Path>): readonly PageRouteDefinition[] {
  const { show, submit, submitFreshSeconds, ...post }: FormPageSpec<Path, A, P, Q, F> = spec;
  const { form: _form, file: _file, limit: _limit, ...get } = post;
  const fresh = submitFreshSeconds === undefined ? {} : { freshSeconds: submitFreshSeconds };
  const take = (input: Parameters<typeof submit>[0] & Parameters<typeof show>[0]) =>
    input.formErrors === null ? submit(input) : show(input);
  return [
    declare({ ...get, method: 'get', handle: show }),
    declare({ ...post, ...fresh, method: 'post', handle: take }),
  ];
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
