import { parseArgs } from 'node:util';

import { buildOpenApi } from '../http/openapi.ts';
import { allRoutes, type RoutesDeps } from '../routes.ts';
import { writeOutputFile } from './output-file.ts';

/** `consentry openapi`: the document that a running server answers with at /openapi.json, without starting one. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { out: { type: 'string' }, force: { type: 'boolean' } },
  });
  const text = openApiText();
  if (values.out === undefined) process.stdout.write(text);
  else writeOutputFile(values.out, text, { mayReplace: values.force === true });
}

/** The document as it is kept in docs/openapi.json. */
export function openApiText(): string {
  return `${JSON.stringify(buildOpenApi(allRoutes(nothing)), null, 2)}\n`;
}

// Routes touch what they are given only when they are called; declaring them needs nothing behind it.
const nothing = new Proxy(() => nothing, { get: () => nothing }) as unknown as RoutesDeps;
