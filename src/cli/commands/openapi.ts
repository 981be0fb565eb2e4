import { buildOpenApi } from '../../http/routing/openapi.ts';
import { API_DESCRIPTION } from '../../server/api-description.ts';
import { allRoutes, type RoutesDeps } from '../../server/routes.ts';
import { writeOutputFile } from '../output-file.ts';

export interface OpenApiOptions {
  readonly out?: string;
  readonly force?: true;
}

/** `consentry openapi`: the document that a running server serves at /openapi.json, without starting one. */
export async function run({ out, force }: OpenApiOptions): Promise<void> {
  const text = openApiText();
  if (out === undefined) process.stdout.write(text);
  else writeOutputFile(out, text, { mayReplace: force === true });
}

/** The document as it is kept in docs/openapi.json. */
export function openApiText(): string {
  return `${JSON.stringify(buildOpenApi(allRoutes(nothing), API_DESCRIPTION), null, 2)}\n`;
}

// Routes use their dependencies only when they are called, so they can be declared without any.
const nothing = new Proxy(() => nothing, { get: () => nothing }) as unknown as RoutesDeps;
