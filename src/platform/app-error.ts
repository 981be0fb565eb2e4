/** The kind of failure; `http/` maps each kind to one status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'too_many'
  | 'unavailable';

interface AppErrorOptions {
  readonly cause?: unknown;
  /** Field name -> stable error code. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly retryAfterSeconds?: number;
  /** Values in the sentences of the codes, such as the length that a password needs. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** One English sentence for developers; shown in problem+json, never holds personal values. */
  readonly detail?: string;
}

/**
 * An expected failure. `code` is public and stable: clients may depend on it.
 * Anything else that is thrown is a defect and becomes a 500 without details.
 */
export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>> | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly values: Readonly<Record<string, string | number>>;
  readonly detail: string | undefined;

  constructor(kind: ErrorKind, code: string, options: AppErrorOptions = {}) {
    super(options.detail ?? code, { cause: options.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.code = code;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.values = options.values ?? {};
    this.detail = options.detail;
  }

  /** The same failure, assigned to one field of a form. Status, code and waiting time stay the same. */
  at(field: string): AppError {
    return new AppError(this.kind, this.code, {
      cause: this,
      fields: { [field]: this.code },
      values: this.values,
      ...(this.retryAfterSeconds !== undefined && { retryAfterSeconds: this.retryAfterSeconds }),
      ...(this.detail !== undefined && { detail: this.detail }),
    });
  }

  /** The same failure with other names of its fields. Status and code stay the same. */
  withFields(nameOf: (field: string) => string): AppError {
    const fields = Object.entries(this.fields ?? {}).map(
      ([field, code]) => [nameOf(field), code] as const,
    );
    return new AppError(this.kind, this.code, {
      cause: this,
      fields: Object.fromEntries(fields),
      values: this.values,
    });
  }
}

/** True for an AppError, optionally of one code. */
export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}
