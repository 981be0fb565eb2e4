import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { normalizeEmail } from '../vault/index.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { issueCode } from './issue-code.ts';

export interface StartPasswordResetInput {
  readonly email: string;
  readonly locale: string;
  readonly ip: string;
}

/** Mails a code if the address belongs to an active account. The answer and the work are the same if it does not. */
export async function startPasswordReset(
  parts: AuthenticationParts,
  input: StartPasswordResetInput,
): Promise<{ resetId: string }> {
  const { email, locale, ip } = input;
  await parts.rateLimiter.consume({ name: 'password-reset', key: ip, points: 30, perSeconds: 600 });
  if (normalizeEmail(email) === null) {
    throw new AppError('invalid', 'email_invalid', { fields: { email: 'email_invalid' } });
  }
  const owner = await parts.vault.findIdentifier({ kind: 'email', value: email });
  const account = await parts.accounts.find(owner?.accountId ?? randomUUID());
  const accountId = account?.status === 'active' ? account.id : null;
  const resetId = randomUUID();
  await parts.db.transaction((tx) =>
    issueCode(parts, tx, {
      flowId: resetId,
      purpose: 'password_reset',
      accountId,
      email: email.trim(),
      locale,
      send: accountId === null ? 'nobody' : 'code',
      field: 'email',
    }),
  );
  return { resetId };
}
