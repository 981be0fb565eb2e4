import { globSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { registeredPages, type Page } from '../../src/http/pages/page.ts';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
const TESTS = fileURLToPath(new URL('..', import.meta.url));

/** Loads every page of the server and its samples. Pages register when their module is loaded. */
export async function loadPages(): Promise<readonly Page<object>[]> {
  const modules = [
    ...globSync(`${SOURCE}/**/*-{routes,views,page,pages}.ts`),
    ...globSync(`${TESTS}/*/page-samples.ts`),
  ];
  for (const file of modules) await import(pathToFileURL(file).href);
  return registeredPages();
}
