import type { Page } from './page.ts';
import type { SafeLocation } from './site-path.ts';

/** A short message on the next page. `message` is a translation key with its namespace: `connected-apps:flash.ended`. */
export interface Flash {
  readonly kind: 'good' | 'warn' | 'bad';
  readonly message: string;
  readonly values?: Readonly<Record<string, string | number>>;
  /** After which the person can try again: `{{wait}}` in the text. */
  readonly retryAfterSeconds?: number;
}

/**
 * The targets that the forms of a page may have. `anywhere` is for a page whose only form is addressed to an app:
 * browsers apply `form-action` to the whole chain of redirects after a form, and the targets of the app's own redirects
 * are unknown here.
 */
export type FormTargets = 'this_site' | 'anywhere';

interface RenderOptions {
  readonly status?: number;
  /** Default: forms of this page lead to this site only. See {@link FormTargets}. */
  readonly formTargets?: FormTargets;
  /** Shown on this page at once. */
  readonly flash?: Flash;
}

interface Results {
  readonly render: RenderOptions & { readonly page: Page<object>; readonly model: object };
  readonly redirect: { readonly location: string; readonly flash: Flash | undefined };
  readonly leave: { readonly location: string; readonly name: string | null };
  readonly download: {
    readonly fileName: string;
    readonly contentType: string;
    readonly body: string | Buffer | NodeJS.ReadableStream;
  };
  readonly not_found: object;
  /** A page that answers a form which can be sent a second time without effect. */
  readonly answer_page: { readonly page: Page<object>; readonly model: object };
}

/** The answer of a page handler of one kind; made by the functions below. */
export type ResultOf<Kind extends keyof Results> = { readonly kind: Kind } & Results[Kind];

export type PageResult = { [Kind in keyof Results]: ResultOf<Kind> }[keyof Results];

/**
 * The answer to an accepted form: it leads to an address that can be reloaded. A page is not among them, because a reload
 * would send the form again. A refused form is shown again by the page at the same address.
 */
export type ActionResult = Exclude<PageResult, ResultOf<'render'>>;

/** Answers with a page. Default status: 200, or 422 while `formErrors` is set. */
export function render<Model extends object>(
  page: Page<Model>,
  model: NoInfer<Model>,
  options: RenderOptions = {},
): PageResult {
  return { kind: 'render', page, model, ...options };
}

/**
 * Sends the browser on with 303. `location` is a literal path, or one made by `sitePath` or `safeReturnPath`.
 * Any other text does not compile, and is refused when the answer is sent.
 */
export function redirect<const L extends string>(
  location: L & SafeLocation<L>,
  options: { readonly flash?: Flash } = {},
): ActionResult {
  return { kind: 'redirect', location, flash: options.flash };
}

/** Options of a redirect: the next page confirms a success with this message. */
export function success(message: string, values?: Flash['values']): { readonly flash: Flash } {
  return { flash: { kind: 'good', message, ...(values && { values }) } };
}

/**
 * Leads the browser to another site by a page with a link and a `Refresh` header, never by a redirect. After a form,
 * browsers apply the `form-action` of its page to every redirect, including those of the other site; a page ends that
 * chain. Only for addresses that were checked against a registration. `name` is the name of the app.
 */
export function leave(location: string, name: string | null): ActionResult {
  return { kind: 'leave', location, name };
}

/**
 * Answers a form with a page whose secret is stored nowhere and never shown again. Only for a form that can be sent a second
 * time without effect.
 */
export function showOnce<Model extends object>(
  page: Page<Model>,
  model: NoInfer<Model>,
): ActionResult {
  return { kind: 'answer_page', page, model };
}

/** Answers a form that changes nothing, such as a preview of choices that are not saved, with the page that shows them. */
export function showUnsaved<Model extends object>(
  page: Page<Model>,
  model: NoInfer<Model>,
): ActionResult {
  return { kind: 'answer_page', page, model };
}

/** Answers with a file to save. */
export function download(file: Results['download']): ActionResult {
  return { kind: 'download', ...file };
}

/** Answers with the 404 page. */
export function notFound(): ActionResult {
  return { kind: 'not_found' };
}
