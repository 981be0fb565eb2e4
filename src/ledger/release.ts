/** Through what the values left. */
export type Channel = 'id_token' | 'userinfo' | 'introspection' | 'account_api' | 'picture';

/** One act of handing claims to an app, to be written down before it happens. */
export interface Release {
  readonly accountId: string;
  readonly clientId: string;
  readonly grantId: string | null;
  readonly channel: Channel;
  /** Names of what goes out, never values. */
  readonly claims: readonly string[];
  /** Default: the address of the current request. */
  readonly ip?: string | null;
}

/** A release that is in the ledger. */
export interface RecordedRelease {
  /** Its number within the account, counted from 1 without a gap; a 64-bit number as text. */
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly grantId: string | null;
  readonly channel: Channel;
  readonly claims: readonly string[];
  readonly ip: string | null;
  readonly requestId: string | null;
  readonly releasedAt: Date;
}

/** The place in a list of releases after which the next page begins. */
export interface ReleaseCursor {
  readonly releasedAt: Date;
  readonly id: string;
}

/** Which releases to read, newest first. */
export interface ReleaseQuery {
  readonly accountId: string;
  readonly clientId?: string;
  readonly claim?: string;
  /** Only releases at or after this moment. */
  readonly from?: Date;
  /** Only releases before this moment. */
  readonly until?: Date;
  readonly before?: ReleaseCursor;
  readonly limit: number;
}
