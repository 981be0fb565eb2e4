import { randomUUID } from 'node:crypto';

import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { issueCode } from '../proofs/issue-code.ts';
import { addressOf } from '../proofs/parse-address.ts';
import type { RequestCodeInput } from '../proofs/request-sign-in-code.ts';

/**
 * Sends a code if the address belongs to an active account, else a message with the reason. The answer and the work are the same.
 */
export async function startPasswordReset(
  ctx: AuthenticationContext,
  input: RequestCodeInput,
): Promise<{ resetId: string }> {
  const { locale, ip, deviceId = null, interactionUid = null } = input;
  await limitRequests(ctx, 'password-reset', ip);
  const address = addressOf(ctx, input.identifier);
  if (address.kind === 'phone_number') await limitRequests(ctx, 'sms', [ip]);
  const owner = await ctx.vault.findIdentifier(address);
  const account = await ctx.accounts.read(owner?.accountId ?? randomUUID());
  const accountId = account?.status === 'active' ? account.id : null;
  const resetId = randomUUID();
  await ctx.db.transaction((tx) =>
    issueCode(ctx, tx, {
      flowId: resetId,
      purpose: 'password_reset',
      accountId,
      address,
      locale,
      send: accountId === null ? 'notice' : 'code',
      field: 'identifier',
      deviceId,
      interactionUid,
    }),
  );
  return { resetId };
}
