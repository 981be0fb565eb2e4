import type { Duration } from './duration.ts';

/** The decision of a person about one request, before it is applied. */
export interface ConsentDecision {
  /** Keep the earlier decisions on their terms; then all other members are ignored. */
  readonly isKept?: true;
  /** Claim -> id of the attribute to share, or `refuse`. A requested claim that is missing here is refused. */
  readonly claims: Readonly<Record<string, string>>;
  /** Default: the longest that the app may have. */
  readonly durations?: Readonly<Record<string, Duration>>;
  /**
   * Scope -> answer. Permissions that are missing here are refused. Scopes without a choice of their own follow the
   * decision as a whole.
   */
  readonly scopes?: Readonly<Record<string, 'allow' | 'refuse'>>;
}

/** In {@link ConsentDecision}: do not share. */
export const REFUSE = 'refuse';
