/** The right of one app to act for one account, until it expires or is revoked. Its permissions are in the consent. */
export interface Grant {
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly consentId: string | null;
  /**
   * The version of the consent when the grant was made; null for one of an older release. Every node reads that
   * version, or a later one, before it answers under this grant.
   */
  readonly consentVersion: number | null;
  /** The browser session it came from, if any. */
  readonly sessionUid: string | null;
  /** If true, the other grants of its consent end when its code is redeemed. */
  readonly endsOthers: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Selects the grants to end, by exactly one criterion. */
export type GrantFilter =
  | { readonly grantId: string }
  | { readonly consentId: string; readonly exceptGrantId?: string }
  | {
      readonly sessionUid: string;
      /** Apps that were given offline access outlive the session (OpenID Connect Core 1.0 §11). */
      readonly exceptClientIds?: readonly string[];
    }
  | { readonly accountId: string }
  | { readonly clientId: string };
