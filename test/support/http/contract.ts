import fs from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Content {
  readonly schema: object;
}

interface DocumentedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, Content>>;
}

/** One operation of the OpenAPI document. */
export interface Operation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}

/** The committed OpenAPI document; another test compares it with the routes. */
export const API_DOCUMENT = JSON.parse(
  fs.readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'),
) as ApiDocument;

/** A response as the server sent it. */
export interface SentAnswer {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const compiled = new Map<object, ValidateFunction>();
const places = Object.entries(API_DOCUMENT.paths).map(([template, methods]) => ({
  pattern: new RegExp(`^${template.replaceAll(/[.]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  // `/apps/new` has precedence over `/apps/{appId}`.
  isFixed: !template.includes('{'),
  methods,
}));

/** Differences between a response and the OpenAPI document; for paths outside the API only pages that answer 409. */
export function breachesOf(answer: SentAnswer): readonly string[] {
  if (isPageOfConflict(answer)) return [`GET ${answer.path} 409: reading a page cannot conflict`];
  const found = places
    .filter(({ pattern }) => pattern.test(answer.path))
    .toSorted((one, other) => Number(other.isFixed) - Number(one.isFixed))[0];
  if (found === undefined && !answer.path.startsWith('/api/')) return [];
  const method = answer.method === 'HEAD' ? 'get' : answer.method.toLowerCase();
  const operation = found?.methods[method];
  const problems =
    operation === undefined
      ? unknownOperationProblems(answer)
      : operationProblems(answer, operation);
  const name = operation?.operationId ?? `${answer.method} ${answer.path}`;
  return problems.map((problem) => `${name} ${String(answer.status)}: ${problem}`);
}

/** A page of a thing that ended explains that; "something changed in the meantime" is true only of a change. */
function isPageOfConflict({ method, status, header }: SentAnswer): boolean {
  return method === 'GET' && status === 409 && (header('content-type') ?? '').includes('html');
}

/** Problems of a response to a method and path without an operation. */
function unknownOperationProblems(answer: SentAnswer): string[] {
  if (answer.status === 503) return problemProblems(answer);
  const isRefused = [404, 405].includes(answer.status);
  return isRefused ? problemProblems(answer) : ['a response of an undocumented operation'];
}

function operationProblems(answer: SentAnswer, operation: Operation): string[] {
  // HEAD is not documented, so an operation may refuse it.
  if (answer.method === 'HEAD' && answer.status === 405) return problemProblems(answer);
  const documented = operation.responses[String(answer.status)];
  if (documented === undefined) return [`status not documented: ${codeOf(answer)}`];
  const missing = Object.entries(documented.headers ?? {})
    .filter(([name, { required }]) => required === true && answer.header(name) === undefined)
    .map(([name]) => `header ${name} is missing`);
  return [
    ...missing,
    ...contentProblems(answer, documented),
    ...(answer.status >= 400 ? failureProblems(answer, documented) : []),
  ];
}

function contentProblems(answer: SentAnswer, { content }: DocumentedAnswer): string[] {
  const [type = ''] = (answer.header('content-type') ?? '').split(';');
  if (content === undefined)
    return answer.body.length === 0 ? [] : ['a body that is not documented'];
  const documented = content[type.trim()];
  if (documented === undefined) return [`content type not documented: ${type}`];
  if (answer.method === 'HEAD' || !type.includes('json')) return [];
  return schemaProblems(documented.schema, answer.body);
}

function failureProblems(answer: SentAnswer, { description }: DocumentedAnswer): string[] {
  const codes = /Codes: (.*)\.$/.exec(description)?.[1]?.split(', ') ?? [];
  const code = codeOf(answer);
  const isKnown = answer.method === 'HEAD' || codes.includes(code);
  return [...(isKnown ? [] : [`code not documented: ${code}`]), ...problemProblems(answer)];
}

/** Checks RFC 9457 and the headers required by the status. */
function problemProblems(answer: SentAnswer): string[] {
  const needs = { 405: 'allow', 429: 'retry-after', 503: 'retry-after' }[answer.status];
  const type = answer.header('content-type') ?? '';
  return [
    ...(needs !== undefined && answer.header(needs) === undefined ? [`no header ${needs}`] : []),
    ...(type === 'application/problem+json' ? [] : [`content type of a problem: ${type}`]),
  ];
}

function schemaProblems(schema: object, body: Buffer): string[] {
  const validate = compiled.get(schema) ?? compileWithParts(schema);
  compiled.set(schema, validate);
  const value: unknown = JSON.parse(body.toString());
  return validate(value)
    ? []
    : [`body does not match its schema: ${ajv.errorsText(validate.errors)}`];
}

function compileWithParts(schema: object): ValidateFunction {
  return ajv.compile({ ...schema, components: API_DOCUMENT.components });
}

function codeOf({ body }: SentAnswer): string {
  try {
    return (JSON.parse(body.toString()) as { readonly code: string }).code;
  } catch {
    return 'none';
  }
}

/** Checks every response of a server. @returns the differences so far. */
export function watchContract(server: Server): () => readonly string[] {
  const breaches = new Set<string>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '/' } = request;
    const body = recordBody(response);
    response.once('finish', () => {
      const [path = ''] = url.split('?');
      const header = (name: string): string | undefined => {
        const value = response.getHeader(name);
        return value === undefined ? undefined : String(value);
      };
      const answer = { method, path, status: response.statusCode, header, body: body() };
      for (const breach of breachesOf(answer)) breaches.add(breach);
    });
  });
  return () => [...breaches];
}

/** Copies the written bytes. */
function recordBody(response: ServerResponse): () => Buffer {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  for (const name of ['write', 'end'] as const) {
    const original = response[name].bind(response) as (...values: unknown[]) => unknown;
    const wrapped = (...values: unknown[]): unknown => {
      keep(values[0]);
      return original(...values);
    };
    Object.assign(response, { [name]: wrapped });
  }
  return () => Buffer.concat(chunks);
}
