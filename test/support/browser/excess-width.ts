import type { Page } from 'playwright-core';

/** The elements that make a page wider than its window; empty when it fits. */
export async function excessWidth(page: Page): Promise<string> {
  return (await page.evaluate(`(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return '';
    const wide = [...document.body.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > limit + 1);
    return wide.slice(-2).map((element) => element.outerHTML.slice(0, 140)).join(' | ') || 'unknown';
  })()`)) as string;
}
