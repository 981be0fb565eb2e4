import type { ConsentsContext } from '../context.ts';
import { provenEmail } from '../../vault/index.ts';
import { createLifecycleStore } from './lifecycle-store.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';

/** Name of the job that mails an app the number of people whose access was paused. */
export const NOTIFY_CLIENT_JOB = 'tell-app-of-pauses';

interface NotifyClientInput {
  readonly clientId: string;
  /** ISO time of the first pause that the mail covers. */
  readonly since: string;
}

/**
 * Mails the app's contact, else its owner, how many people's access was paused: a number and no names. Only the
 * events of the consents contain the accounts.
 */
export async function notifyClientOfPauses(
  ctx: ConsentsContext,
  { clientId, since }: NotifyClientInput,
): Promise<void> {
  const client = await ctx.clients.find(clientId);
  if (client?.status !== 'active') return;
  const count = await createLifecycleStore(ctx.db).countPaused(clientId, new Date(since));
  if (count === 0) return;
  const owner =
    client.ownerAccountId === null ? null : await ctx.accounts.find(client.ownerAccountId);
  const to =
    client.contact ??
    (owner?.status === 'active'
      ? provenEmail(await ctx.vault.recentAttributes(owner.id))
      : undefined);
  if (to === undefined) return;
  await ctx.db.transaction((tx) =>
    ctx.mailer.enqueue(tx, {
      to,
      template: 'people-paused',
      locale: owner?.locale ?? FALLBACK_LOCALE,
      values: { app: client.name, clientId, count, days: ctx.unusedAfterDays },
    }),
  );
}
