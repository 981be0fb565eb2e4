import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { codeError, guessCode } from './guess-code.ts';
import { type Address, createOneTimeCodeStore } from './one-time-code-store.ts';
import { createPasswordStore } from './password-store.ts';

export interface ConfirmRegistrationInput {
  readonly registrationId: string;
  readonly code: string;
  readonly deviceId?: string | null;
  readonly ip: string;
}

/**
 * Proves the address by its code: the account becomes active and the address an identifier. A code for signing in does that too, or
 * recognises the person who has the address.
 */
export async function confirmRegistration(
  parts: AuthenticationParts,
  input: ConfirmRegistrationInput,
): Promise<{ accountId: string; amr: readonly string[] }> {
  await parts.rateLimiter.consume({ name: 'code', key: input.ip, points: 60, perSeconds: 600 });
  const newest = await createOneTimeCodeStore(parts.db).findNewest(
    input.registrationId,
    'registration',
  );
  const outcome = await parts.db.transaction(async (tx) => {
    const guess = await guessCode(parts, tx, {
      flowId: input.registrationId,
      purpose: newest === null ? 'sign_in' : 'registration',
      code: input.code,
    });
    if (guess.kind !== 'right' || guess.accountId === null) return guess;
    const { accountId, address } = guess;
    if (newest === null && (await isHolder(parts, tx, { accountId, address }))) return guess;
    const isActivated = await activateRegistration(parts, tx, {
      accountId,
      attributeId: input.registrationId,
      email: address.value,
    });
    return isActivated ? guess : ({ kind: 'dead' } as const);
  });
  if (outcome.kind !== 'right') throw codeError(outcome);
  if (outcome.accountId === null) throw codeError({ kind: 'dead' });
  await completeSignIn(parts, { accountId: outcome.accountId, deviceId: input.deviceId ?? null });
  return { accountId: outcome.accountId, amr: ['otp'] };
}

/** Is it still the address of an account in use? A password that was set meanwhile is asked for. */
async function isHolder(
  parts: AuthenticationParts,
  tx: Database,
  { accountId, address }: { readonly accountId: string; readonly address: Address },
): Promise<boolean> {
  const account = await parts.accounts.hold(tx, accountId);
  const owner = await parts.vault.findIdentifier(address, tx);
  const hash = await createPasswordStore(tx).find(accountId);
  return account?.status === 'active' && owner?.accountId === accountId && hash === null;
}

/** Makes a temporary account active by its proven address. @returns false when it is not temporary any more. */
export async function activateRegistration(
  parts: AuthenticationParts,
  tx: Database,
  input: { readonly accountId: string; readonly attributeId: string; readonly email: string },
): Promise<boolean> {
  const { accountId, attributeId, email } = input;
  const account = await parts.accounts.hold(tx, accountId);
  if (account?.status !== 'temporary') return false;
  await parts.vault.markVerified(tx, { accountId, attributeId, value: email });
  await parts.accounts.setStatus(tx, { accountId, status: 'active' });
  await parts.audit.record(tx, { kind: 'account.registered', accountId });
  return true;
}
