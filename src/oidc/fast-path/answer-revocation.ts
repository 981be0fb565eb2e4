import type { FastPathContext } from './context.ts';
import { findPlainToken } from './find-plain-token.ts';
import { authenticatePlainClient } from './plain-client.ts';
import type { PlainRequest } from './plain-request.ts';

/** Revokes an opaque access token of the client itself (RFC 7009 §2.1). Null when the library has to decide. */
export async function answerRevocation(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const client = await authenticatePlainClient(ctx, request);
  if (client === null) return null;
  const { token: value } = request.form;
  const token = await findPlainToken(ctx, value);
  if (value === undefined || token?.clientId !== client.clientId) return null;
  await ctx.tokens.revokeAccessToken(value, token.exp);
  return '';
}
