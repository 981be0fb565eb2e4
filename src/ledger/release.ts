/** Every channel of releases, the most common first. */
export const CHANNELS = [
  'id_token',
  'userinfo',
  'introspection',
  'account_api',
  'picture',
] as const;

/** The way of the release. */
export type Channel = (typeof CHANNELS)[number];

/** One release of claims to an app, to be recorded before it happens. */
export interface Release {
  readonly accountId: string;
  readonly clientId: string;
  readonly grantId: string | null;
  readonly channel: Channel;
  /** Names of the released claims, never values. */
  readonly claims: readonly string[];
  /** Default: the address of the current request. */
  readonly ip?: string | null;
}

/** A release that is in the ledger. */
export interface RecordedRelease extends Omit<Release, 'ip'> {
  /** Its number within the account, counted from 1 without a gap; a 64-bit number as text. */
  readonly id: string;
  readonly ip: string | null;
  readonly requestId: string | null;
  readonly releasedAt: Date;
}

/** The place in a list of releases after which the next page begins. */
export interface ReleaseCursor {
  readonly releasedAt: Date;
  readonly id: string;
}

/** Selects releases of one account. */
export interface ReleaseFilter {
  readonly accountId: string;
  readonly clientId?: string | undefined;
  readonly claim?: string | undefined;
  readonly channel?: Channel | undefined;
  /** Only releases at or after this moment. */
  readonly from?: Date | undefined;
  /** Only releases before this moment. */
  readonly until?: Date | undefined;
}

/** One page of releases, newest first. */
export interface ReleaseQuery extends ReleaseFilter {
  readonly before?: ReleaseCursor | undefined;
  readonly limit: number;
}

export interface ReadsOfApp {
  readonly clientId: string;
  readonly reads: number;
  readonly lastAt: Date;
  /** All claims it received. */
  readonly claims: readonly string[];
}

/** The reads of one claim, and the apps that read it. */
export interface ReadsOfClaim {
  readonly claim: string;
  readonly reads: number;
  readonly lastAt: Date;
  readonly clientIds: readonly string[];
}

/** The reads of one of several periods that follow one another. */
export interface ReadsOfPeriod {
  /** The place of the period in the list of their starts, from 0. */
  readonly period: number;
  readonly reads: number;
}
