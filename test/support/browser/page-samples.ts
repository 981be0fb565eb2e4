import type { Page } from '../../../src/http/pages/page.ts';

const samples = new Map<string, object>();

/**
 * Registers a sample model of a page. Tests render it in every language, so it should be long and complete. Call it in
 * `test/<slice>/page-samples.ts`, which `load-pages.ts` imports.
 */
export function addSample<Model extends object>(page: Page<Model>, model: Model): Model {
  samples.set(page.template, model);
  return model;
}

/** @throws Error when the page has no sample. */
export function sampleOf(page: Page<object>): object {
  const sample = samples.get(page.template);
  if (sample === undefined) throw new Error(`${page.template} has no sample in test/`);
  return sample;
}
