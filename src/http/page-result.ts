import type { Page } from './page.ts';
import type { SafeLocation } from './site-path.ts';

/** A short message on the next page. `message` is a translation key with its namespace: `consents:flash.ended`. */
export interface Flash {
  readonly kind: 'good' | 'warn' | 'bad';
  readonly message: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

export interface RenderOptions {
  readonly status?: number;
  /**
   * Origins (or scheme sources such as `com.example.app:`) that a form on this page may end up at.
   * Chromium holds redirects after a form post to `form-action` too, so a page whose post leads back to an app names it here.
   */
  readonly formActions?: readonly string[];
  /** Shown on this page at once. */
  readonly flash?: Flash;
}

export interface RenderResult extends RenderOptions {
  readonly kind: 'render';
  readonly page: Page<object>;
  readonly model: object;
}

export interface RedirectResult {
  readonly kind: 'redirect';
  readonly location: string;
  readonly flash: Flash | undefined;
  readonly isExternal: boolean;
}

export interface DownloadResult {
  readonly kind: 'download';
  readonly fileName: string;
  readonly contentType: string;
  readonly body: string | Buffer | NodeJS.ReadableStream;
}

export interface NotFoundResult {
  readonly kind: 'not_found';
}

/** What a page handler answers with; make it with the functions below. */
export type PageResult = RenderResult | RedirectResult | DownloadResult | NotFoundResult;

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
 * Anything else does not compile, and is refused when the answer is sent.
 */
export function redirect<const L extends string>(
  location: L & SafeLocation<L>,
  options: { readonly flash?: Flash } = {},
): PageResult {
  return { kind: 'redirect', location, flash: options.flash, isExternal: false };
}

/** Sends the browser to another site with 303. Only for addresses that were checked against a registration. */
export function redirectAway(location: string): PageResult {
  return { kind: 'redirect', location, flash: undefined, isExternal: true };
}

/** Answers with a file to keep. */
export function download(file: Omit<DownloadResult, 'kind'>): PageResult {
  return { kind: 'download', ...file };
}

/** Answers with the 404 page. */
export function notFound(): PageResult {
  return { kind: 'not_found' };
}
