import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Rules whose result depends on width or colours; the others depend only on the elements. */
const LOOK_RULES = [
  'color-contrast',
  'link-in-text-block',
  'scrollable-region-focusable',
  'target-size',
];

/** Style sheets are loaded only for rules that axe calls experimental, which none of the tags contains. */
const PRELOAD = { assets: ['media'] };

export interface AxeOptions {
  /** `look`: only the rules that depend on width and colours. Default: all rules of WCAG 2.2 AA and best practice. */
  readonly rules?: 'all' | 'look';
  /** `kept`: Swagger UI is examined, too. Default: removed, because it is code of another project. */
  readonly swagger?: 'kept' | 'removed';
}

/**
 * The findings of axe on this page, one text per rule. The content security policy permits no inline script, so axe is
 * evaluated by the debugger.
 */
export async function axeFindings(
  page: Page,
  { rules = 'all', swagger = 'removed' }: AxeOptions = {},
): Promise<string[]> {
  if (swagger === 'removed') {
    await page.evaluate("document.querySelector('#api .swagger-ui')?.remove()");
  }
  await page.evaluate(AXE);
  const runOnly =
    rules === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: LOOK_RULES };
  const options = JSON.stringify({ resultTypes: ['violations'], preload: PRELOAD, runOnly });
  const results = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults;
  return results.violations.map(
    ({ id, nodes }) => `axe ${id}: ${nodes.map(({ html }) => html.slice(0, 140)).join(' | ')}`,
  );
}
