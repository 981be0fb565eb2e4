import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { codeError, guessCode } from './guess-code.ts';

export interface ConfirmRegistrationInput {
  readonly registrationId: string;
  readonly code: string;
  readonly deviceId?: string | null;
  readonly ip: string;
}

/** Proves the address by its code: the account becomes active and the address an identifier. */
export async function confirmRegistration(
  parts: AuthenticationParts,
  input: ConfirmRegistrationInput,
): Promise<{ accountId: string; amr: readonly string[] }> {
  await parts.rateLimiter.consume({ name: 'code', key: input.ip, points: 60, perSeconds: 600 });
  const outcome = await parts.db.transaction(async (tx) => {
    const guess = await guessCode(parts, tx, {
      flowId: input.registrationId,
      purpose: 'registration',
      code: input.code,
    });
    if (guess.kind !== 'right' || guess.accountId === null) return guess;
    const { accountId, address } = guess;
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
