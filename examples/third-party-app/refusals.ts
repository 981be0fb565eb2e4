import * as oidc from 'openid-client';

/** An error of the issuer. */
export interface Refusal {
  /** HTTP status; null when the error came through the browser, or there was no response. */
  readonly status: number | null;
  readonly code: string;
  readonly description: string | null;
}

/** Reads the error of the issuer from an error of openid-client. */
export function refusalFrom(error: unknown): Refusal {
  if (error instanceof oidc.AuthorizationResponseError) {
    return { status: null, code: error.error, description: error.error_description ?? null };
  }
  if (error instanceof oidc.ResponseBodyError) {
    return {
      status: error.status,
      code: error.error,
      description: error.error_description ?? null,
    };
  }
  if (error instanceof oidc.WWWAuthenticateChallengeError) {
    const parameters = error.cause[0]?.parameters;
    return {
      status: error.status,
      code: parameters?.error ?? 'refused',
      description: parameters?.error_description ?? null,
    };
  }
  if (error instanceof oidc.ClientError) {
    const response = error.cause instanceof Response ? error.cause : null;
    return {
      status: response?.status ?? null,
      code: error.code ?? 'failed',
      description: error.message,
    };
  }
  const description = error instanceof Error ? error.message : String(error);
  return { status: null, code: 'failed', description };
}

/** One plain line for the page. */
export function describeRefusal({ status, code, description }: Refusal): string {
  const start = status === null ? code : `${String(status)} ${code}`;
  return description === null ? start : `${start}: ${description}`;
}
