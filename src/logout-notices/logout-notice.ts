/** One sign-out that one app is notified of (OpenID Connect Back-Channel Logout 1.0). */
export interface LogoutNotice {
  /** The `jti` of its logout tokens, the same in every attempt. */
  readonly id: string;
  /** `expired`: the session was not used for too long, or reached its maximum age. */
  readonly cause: 'ended' | 'expired';
  /** `failed`: given up. */
  readonly status: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  /** Of the last attempt: a short code such as `http_500` or `timeout`; null after success and before the first attempt. */
  readonly lastError: string | null;
  /** The moment from which the next attempt is due; null when there is none. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  /** The moment of the delivery, or of giving up. */
  readonly finishedAt: Date | null;
}

/** A notice that this process is about to send. */
export interface ClaimedNotice {
  readonly id: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly sid: string;
  /** This attempt included. */
  readonly attempts: number;
}

/** The reason of a failed attempt. */
export interface DeliveryFailure {
  /** A short code; never text of the app. */
  readonly code: string;
  /**
   * `outage`: the app did not answer, so later notices wait, too, and the attempts continue for two days. `refusal`: the app refused
   * this notice. `final`: no attempt can succeed.
   */
  readonly kind: 'outage' | 'refusal' | 'final';
}

/** The job that delivers the notices of one app; its data is `clientId`. */
export const DELIVER_JOB = 'deliver-logout-notices';

/** Limits of attempts and storage; times in seconds. */
export const NOTICE_LIMITS = {
  /** Attempts at a notice that the app refuses. */
  refusals: 10,
  firstPause: 5,
  longestPause: 900,
  /** After this time a claimed notice is free for another process: longer than one attempt takes. */
  claim: 20,
  /** The list that developers see. */
  listed: 100,
  keptDays: 14,
} as const;

/** Seconds between an attempt that failed, the first is 1, and the next one. */
export function pauseAfter(attempts: number): number {
  const { firstPause, longestPause } = NOTICE_LIMITS;
  return Math.min(longestPause, firstPause * 2 ** Math.min(20, attempts - 1));
}
