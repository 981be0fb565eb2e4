/** Where an account is in its life; `temporary` has not proven any address yet. */
export type AccountStatus = 'temporary' | 'active' | 'suspended' | 'blocked' | 'deleted';

/** A person's account. Personal values are not here: the vault has them. */
export interface Account {
  readonly id: string;
  readonly status: AccountStatus;
  /** Why the account is suspended or blocked; shown to administrators. */
  readonly statusReason: string | null;
  readonly isAdministrator: boolean;
  /** Language of mails and pages, when the person has chosen one. */
  readonly locale: string | null;
  /** Every session and token issued before this moment is refused. */
  readonly cutOffAt: Date | null;
  /**
   * Moves with `cutOffAt`, and also when every session but one ends. Every record of an earlier proof of identity
   * (a sign-in under way, a code, a link, a known browser) carries the number it was made under: see {@link isProofCurrent}.
   */
  readonly proofGeneration: number;
  /** Since when a sign-in has a second step; null: it has none. */
  readonly secondFactorSince: Date | null;
  /** Set while the status is `deleted`. */
  readonly deletion: AccountDeletion | null;
  readonly createdAt: Date;
}

/** A deletion that can be undone until `purgeAt`. */
export interface AccountDeletion {
  readonly deletedAt: Date;
  readonly purgeAt: Date;
  /** An account that an administrator deleted can be restored by administrators only. */
  readonly by: 'person' | 'administrator';
  /** Random; names this deletion in the mail and in the receipt. */
  readonly reference: string;
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** True for text that can be the id of an account (or of anything else with a UUID). */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * Does a proof that was recorded under this number still count? A number and not a time, because nodes have clocks of their own.
 * A record without a number counts as old.
 */
export function isProofCurrent(
  { proofGeneration }: Pick<Account, 'proofGeneration'>,
  generation: number | undefined,
): boolean {
  return generation === proofGeneration;
}
