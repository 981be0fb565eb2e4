import { expect } from 'chai';

import type { Visitor } from './visitor.ts';

/** A sample as the page of an app shows it, word for word. */
export interface ShownSample {
  /** The files by name. */
  readonly files: ReadonlyMap<string, string>;
  /** The commands under this heading. @throws Error when the page has none. */
  commands(heading: string): string;
}

/** Opens the tab of a stack on the code page of an app, as its developer. */
export async function openSample(
  developer: Visitor,
  { clientId, stack }: { readonly clientId: string; readonly stack: string },
): Promise<ShownSample> {
  const address = `/developer/apps/${clientId}/code?stack=${stack}`;
  const { status, document } = await developer.get(address);
  expect(status, address).to.equal(200);
  const current = document.querySelector(`a[href="${address}"]`);
  expect(current?.getAttribute('aria-current'), address).to.equal('page');
  const blocks = document
    .querySelectorAll('main figure')
    .map(
      (figure) =>
        [
          figure.querySelector('figcaption')?.text ?? '',
          figure.querySelector('pre code')?.text ?? '',
        ] as const,
    );
  const isFile = (name: string): boolean => /\.\w+$/.test(name);
  const commands = new Map(blocks.filter(([name]) => !isFile(name)));
  return {
    files: new Map(blocks.filter(([name]) => isFile(name))),
    commands: (heading) => {
      const found = commands.get(heading);
      if (found === undefined) throw new Error(`${address} has no block "${heading}"`);
      return found;
    },
  };
}

/** The names of the stacks on the code page of an app. */
export async function shownStacks(developer: Visitor, clientId: string): Promise<string[]> {
  const { document } = await developer.get(`/developer/apps/${clientId}/code`);
  return document
    .querySelectorAll('main a[href*="?stack="]')
    .map(
      (link) =>
        new URL(link.getAttribute('href') ?? '', 'http://a').searchParams.get('stack') ?? '',
    );
}
