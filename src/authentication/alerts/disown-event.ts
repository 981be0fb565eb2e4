import { AppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { notifyAccountOwner, readNoticeAddresses } from '../notify-account-owner.ts';
import type { AlertKind } from './alert-kind.ts';
import { alertFingerprint, openRecipient } from './alert-link.ts';
import { createAlertStore } from './alert-store.ts';
import { WAYS_IN } from './ways-in.ts';

interface AlertInput {
  /** The random value in the link. */
  readonly link: string;
  readonly ip: string;
}

/** An event that the reader of a mail can report. */
export interface AlertDescription {
  readonly kind: AlertKind;
  readonly happenedAt: Date;
  /** It was reported by this link, or by one that covers it. */
  readonly isReported: boolean;
}

/** Looks a link up without changing anything, because mail scanners open links. Null when it is not valid. */
export async function describeAlert(
  ctx: AuthenticationContext,
  { link, ip }: AlertInput,
): Promise<AlertDescription | null> {
  await limitRequests(ctx, 'link', ip);
  const alert = await createAlertStore(ctx.db).find(alertFingerprint(link), ctx.clock.now());
  if (alert === null) return null;
  const { kind, happenedAt, usedAt } = alert;
  return { kind, happenedAt, isReported: usedAt !== null };
}

/**
 * The person reports that an event was not theirs. Ends every session, grant and known browser, removes the ways in that were
 * added since the event, and the password: a new one needs a reset by an address that is left. Restores the address of the
 * mail if it was removed meanwhile. Every address that is left gets a notice.
 * @throws AppError `link_expired` (kind `gone`) when the link was used, is too old, or the account is not active.
 */
export async function disownEvent(
  ctx: AuthenticationContext,
  { link, ip }: AlertInput,
): Promise<void> {
  await limitRequests(ctx, 'link', ip);
  const now = ctx.clock.now();
  await ctx.db.transaction(async (tx) => {
    const store = createAlertStore(tx);
    const alert = await store.use(alertFingerprint(link), now);
    if (alert === null) throw expired();
    const { accountId, kind, happenedAt: since } = alert;
    const reporter = openRecipient(link, alert.recipient);
    for (const end of WAYS_IN) await end(ctx, tx, { accountId, since, reporter });
    // Last, because passwords and values are locked before their account everywhere.
    const account = await ctx.accounts.hold(tx, accountId);
    if (account?.status !== 'active') throw expired();
    await store.useSince(alert, now);
    await ctx.audit.record(tx, { kind: 'account.event_disowned', accountId, details: { kind } });
    const to = await readNoticeAddresses(ctx, tx, accountId);
    const locale = account.locale ?? currentLocale();
    await notifyAccountOwner(ctx, tx, {
      accountId,
      to,
      notice: { template: 'account-secured', locale },
    });
  });
}

function expired(): AppError {
  return new AppError('gone', 'link_expired');
}
