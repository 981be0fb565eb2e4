declare const model: unique symbol;

/** One template with the type of its model. */
export interface Page<Model> {
  /** Path below `views/`; the first folder is the namespace of `t()`. */
  readonly template: string;
  /** For the type only; it has no value. */
  readonly [model]?: Model;
}

const registry = new Map<string, Page<object>>();

/**
 * Declares a page once, next to the routes that answer with it. It registers itself, so that a test renders it in every
 * language, from the sample in `test/<slice>/page-samples.ts`.
 *
 * ```ts
 * export const appsPage = page<AppsModel>('connected-apps/apps.njk');
 * ```
 *
 * In the template, beside the model: `t('key', values)`, `tRich('key', values)` (translation with `<b>`), `errorText(code, values)`,
 * `csrfField` (inside every `<form method="post">`), `locale`, `theme`, `flash`, `viewer`, `path`, `asset('file')`,
 * `formatDate(date)`, `formatDateTime(date)`, `formatRelative(date)`, `formatNumber(n)`, `formatDuration(seconds)`, `formatList(names)` and the macros of `views/design/`.
 * @throws Error when one template is declared twice.
 */
export function page<Model extends object>(template: string): Page<Model> {
  if (registry.has(template)) throw new Error(`page ${template} is declared twice`);
  registry.set(template, { template });
  return { template };
}

/** Every page whose module has been loaded. */
export function registeredPages(): readonly Page<object>[] {
  return [...registry.values()];
}
