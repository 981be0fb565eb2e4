import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { normalizeEmail, normalizePhone, parseIdentifier } from '../vault/index.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { limitSms } from './confirm-attribute.ts';
import { issueCode } from './issue-code.ts';
import type { Address } from './one-time-code-store.ts';

export interface StartPasswordResetInput {
  /** An e-mail or a phone number. */
  readonly identifier: string;
  readonly locale: string;
  readonly ip: string;
}

/** Sends a code if the address belongs to an active account. The answer and the work are the same if it does not. */
export async function startPasswordReset(
  parts: AuthenticationParts,
  input: StartPasswordResetInput,
): Promise<{ resetId: string }> {
  const { locale, ip } = input;
  await parts.rateLimiter.consume({ name: 'password-reset', key: ip, points: 30, perSeconds: 600 });
  const address = addressOf(parts, input.identifier);
  if (address.kind === 'phone_number') await limitSms(parts, [ip, `phone:${address.value}`]);
  const owner = await parts.vault.findIdentifier(address);
  const account = await parts.accounts.find(owner?.accountId ?? randomUUID());
  const accountId = account?.status === 'active' ? account.id : null;
  const resetId = randomUUID();
  await parts.db.transaction((tx) =>
    issueCode(parts, tx, {
      flowId: resetId,
      purpose: 'password_reset',
      accountId,
      address,
      locale,
      send: accountId === null ? 'nobody' : 'code',
      field: 'identifier',
    }),
  );
  return { resetId };
}

/** Where the code would go. A username is nowhere, and must not tell whose it is: it is refused as it stands. */
function addressOf({ sms }: AuthenticationParts, text: string): Address {
  const { kind, value } = parseIdentifier(text);
  if (kind === 'email' && normalizeEmail(value) !== null) return { kind, value };
  const phone = kind === 'phone_number' && sms.isOn ? normalizePhone(value) : null;
  if (phone !== null) return { kind: 'phone_number', value: phone };
  const code = kind === 'phone_number' && sms.isOn ? 'phone_number_invalid' : 'email_invalid';
  throw new AppError('invalid', code, { fields: { identifier: code } });
}
