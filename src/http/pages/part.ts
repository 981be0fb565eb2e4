declare const model: unique symbol;
declare const isRendered: unique symbol;

/** A template without a document around it, with the type of its model; see `page()` for the functions of templates. */
export interface Part<Model> {
  /** Path below `views/`; the first folder is the namespace of `t()`. */
  readonly template: string;
  /** For the type only; it has no value. */
  readonly [model]?: Model;
}

/** A part as markup. Only `Templates.renderPart` makes it; a template prints it with `markup(part)`. */
export interface RenderedPart {
  readonly html: string;
  readonly [isRendered]: true;
}

/**
 * Declares a part of a page that is rendered before the page, because it has another language than the page or is made by a slice that
 * the page does not know.
 */
export function part<Model extends object>(template: string): Part<Model> {
  return { template };
}
