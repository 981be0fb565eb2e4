import type { ClaimsContext } from './context.ts';

/** Reads of a person's own values by a token of that person. */
export interface TokenRead {
  readonly accountId: string;
  /** The app that holds the token. */
  readonly clientId: string;
  readonly claims: readonly string[];
}

/**
 * Records, before it happens, that an app reads values with a token that has `account:read`: the person allowed it to
 * see the whole account, and still sees each read.
 * @throws AppError `ledger_unavailable`: then nothing may be answered.
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
