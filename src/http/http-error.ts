import { STATUS_CODES } from 'node:http';

import { AppError, type ErrorKind } from '../platform/app-error.ts';

/** A failure that exists in HTTP only, such as a method that a path does not have (RFC 9110 §15). */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the problem document beside those that every failure has (RFC 9457 §3.2). */
  readonly members: Readonly<Record<string, unknown>> = {};

  constructor(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The public parts of a failure. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail?: string | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
  readonly members?: Readonly<Record<string, unknown>>;
  /** A defect of this server: logged with its cause, never explained to callers. */
  readonly isDefect: boolean;
}

const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
};

const DEFAULT_RETRY_SECONDS = 2;

/** Reduces an error to its public parts. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof HttpError) {
    const { status, code, headers, members } = error;
    return { status, code, headers, members, isDefect: false };
  }
  if (!(error instanceof AppError)) {
    return { status: 500, code: 'internal_error', headers: {}, isDefect: true };
  }
  const { kind, code, detail, fields } = error;
  return {
    status: STATUS_OF[kind],
    code,
    detail,
    fields,
    headers: retryHeaders(error),
    isDefect: false,
  };
}

/** The body of problem details (RFC 9457), with the `error` of RFC 6749 for clients. */
export function problemBody({
  status,
  code,
  error,
  detail,
  fields,
  members,
  requestId,
}: Pick<Failure, 'status' | 'code' | 'detail' | 'fields' | 'members'> & {
  readonly requestId: string;
  readonly error?: string | undefined;
}): string {
  const title = STATUS_CODES[status] ?? 'Error';
  return JSON.stringify({
    type: 'about:blank',
    title,
    status,
    code,
    error,
    detail,
    fields,
    ...members,
    requestId,
  });
}

function retryHeaders({ kind, retryAfterSeconds }: AppError): Readonly<Record<string, string>> {
  const needsRetry = kind === 'unavailable' || kind === 'too_many';
  const seconds = retryAfterSeconds ?? (needsRetry ? DEFAULT_RETRY_SECONDS : undefined);
  return seconds === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) };
}
