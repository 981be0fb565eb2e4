import type { ClaimsContext } from './context.ts';

/** Reads of a person's own values by a token of that person. */
export interface TokenRead {
  readonly accountId: string;
  /** The app that holds the token. */
  readonly clientId: string;
  readonly claims: readonly string[];
}

/**
 * Records a read of an app with a token that has `account:read`, before the values are returned. The person allowed the
 * app to read the whole account, and sees each read in the history.
 * @throws AppError `ledger_unavailable`: then no value may be returned.
 */
export async function recordTokenRead(
  { ledger }: Pick<ClaimsContext, 'ledger'>,
  { accountId, clientId, claims }: TokenRead,
): Promise<void> {
  if (claims.length === 0) return;
  const names = [...new Set(claims)];
  await ledger.append({
    accountId,
    clientId,
    grantId: null,
    channel: 'account_api',
    claims: names,
  });
}
