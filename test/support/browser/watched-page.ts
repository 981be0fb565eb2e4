import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** A browser window whose errors are collected. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, failed scripts, violations of the content policy and responses with 500 or more, in their order. */
  readonly browserErrors: readonly string[];
}

/** Opens a new window that shares nothing with other windows. */
export async function openWatchedPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  const browserErrors: string[] = [];
  await context.exposeFunction('reportViolation', (text: string) => {
    browserErrors.push(text);
  });
  await context.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    window.reportViolation('content policy: ' + event.effectiveDirective + ' ' + event.blockedURI));`);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      browserErrors.push(`console: ${message.text()} (${page.url()})`);
  });
  page.on('pageerror', (error) => browserErrors.push(`script: ${error.message} (${page.url()})`));
  page.on('response', (response) => {
    if (response.status() >= 500)
      browserErrors.push(`status: ${String(response.status())} ${response.url()}`);
  });
  return { page, context, browserErrors };
}
