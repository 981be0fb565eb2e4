/** A request of an app that failed, or from which something was left out. Holds no value of a person and no secret. */
export interface NewFailedRequest {
  readonly clientId: string;
  /** Such as `authorization` or `token`. */
  readonly endpoint: string;
  /** The error code that the app got (RFC 6749), or `scope_dropped`. */
  readonly code: string;
  /** The reason in English, with more detail than the app received. */
  readonly reason: string;
}

/** Equal failures as one. */
export interface FailedRequest extends Omit<NewFailedRequest, 'clientId'> {
  /** A 64-bit number as text. */
  readonly id: string;
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Limits of the stored failures of each app. */
export const FAILED_REQUEST_LIMITS = { entries: 200, writesPerMinute: 10 } as const;
