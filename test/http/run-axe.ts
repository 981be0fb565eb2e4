import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds on the page, one line per rule. Our policy lets no script in from outside, so axe is evaluated by the
 * debugger instead of being loaded by the page.
 */
export async function runAxe(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as AxeResults;
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${(nodes[0]?.html ?? '').slice(0, 120)}`,
  );
}
