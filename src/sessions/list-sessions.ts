import type { SessionsContext } from './context.ts';
import { createAccountSessionStore } from './account-session-store.ts';
import type { SessionPayload, SessionSummary } from './session.ts';

/** The live sessions of an account, the most recently seen first, with the apps that have a grant through them. */
export async function listSessions(
  ctx: SessionsContext,
  accountId: string,
): Promise<readonly SessionSummary[]> {
  const store = createAccountSessionStore(ctx.db, ctx.masterSealer);
  const rows = await store.list(accountId, ctx.clock.now());
  return Promise.all(
    rows.map(async ({ payload, ...row }) => ({
      ...row,
      amr: payload.amr ?? [],
      isRemembered: payload.transient !== true,
      clientIds: await clientsOf(ctx, payload),
    })),
  );
}

/** The apps of a session whose grant is in force. */
async function clientsOf(
  { tokens }: Pick<SessionsContext, 'tokens'>,
  { authorizations = {} }: SessionPayload,
): Promise<readonly string[]> {
  const entries = await Promise.all(
    Object.entries(authorizations).map(async ([clientId, { grantId }]) => {
      const grant = grantId === undefined ? null : await tokens.findGrant(grantId);
      return grant === null ? [] : [clientId];
    }),
  );
  return entries.flat();
}
