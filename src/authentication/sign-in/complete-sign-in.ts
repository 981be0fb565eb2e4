import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { currentRequest, currentLocale } from '../../platform/request-context.ts';
import { describeDevice } from '../../sessions/index.ts';
import type { AuthenticationContext } from '../context.ts';
import {
  notifyAccountOwner,
  noticeAddresses,
  readNoticeAddresses,
} from '../notify-account-owner.ts';
import type { Proof } from '../proofs/proof.ts';
import type { SilentCounter, VisibleCounter } from './attempt-counter.ts';
import { browserOf } from './browser.ts';
import { createKnownDeviceStore, deviceUpdate } from './known-device-store.ts';
import { clearance, createSignInFailureStore } from './sign-in-failure-store.ts';

/** A mail to the account owner contains no text of the caller. */
const UNKNOWN_DEVICE = '–';

/** The addresses and the language of a notice about a sign-in. */
interface NoticeTarget {
  readonly to: readonly string[];
  readonly locale: string;
}

interface CompletedSignIn {
  readonly proof: Proof;
  readonly deviceId: string | null;
  /** Null: it is read when it is needed. Then nothing is read for the account before its proof was right. */
  readonly target: NoticeTarget | null;
  /** Counters of wrong attempts to reset. */
  readonly cleared?: readonly (VisibleCounter | SilentCounter)[];
}

/** Reads the target of {@link completeSignIn}, before its transaction. */
export async function findNoticeTarget(
  ctx: AuthenticationContext,
  accountId: string,
): Promise<NoticeTarget> {
  const account = await ctx.accounts.find(accountId);
  const to = await noticeAddresses(ctx, accountId);
  return { to, locale: account?.locale ?? currentLocale() };
}

async function readNoticeTarget(
  ctx: AuthenticationContext,
  tx: Database,
  accountId: string,
): Promise<NoticeTarget> {
  const account = await ctx.accounts.hold(tx, accountId);
  const to = await readNoticeAddresses(ctx, tx, accountId);
  return { to, locale: account?.locale ?? currentLocale() };
}

/**
 * Records a sign-in: its time, its device, its event, and a mail to the account owner when the device is new and not the first.
 * Call it in the transaction that uses up the proof, so that the code stays valid when an outage interrupts the
 * sign-in.
 */
export async function completeSignIn(
  ctx: AuthenticationContext,
  tx: Database,
  { proof, deviceId, target, cleared = [] }: CompletedSignIn,
): Promise<void> {
  const { accountId, generation } = proof;
  await tx.execute(ctx.accounts.lastSignInUpdate(accountId, sql`true`));
  await createSignInFailureStore(tx).clear(cleared);
  await ctx.audit.record(tx, signedIn(proof));
  const browser = browserOf({ deviceId });
  if (browser === null) return;
  const { isNew, others } = await createKnownDeviceStore(tx).remember({
    accountId,
    deviceFingerprint: browser,
    generation,
    seenAt: ctx.clock.now(),
  });
  if (!isNew || others === 0) return;
  const request = currentRequest();
  const { to, locale } = target ?? (await readNoticeTarget(ctx, tx, accountId));
  const ip = request?.ip ?? '';
  const place = ctx.places.describe(ip, locale);
  const values = {
    ip: place === null ? ip : `${ip} (${place})`,
    device: deviceName(request?.userAgent ?? ''),
  };
  const notice = { template: 'new-device', locale, values } as const;
  await notifyAccountOwner(ctx, tx, { accountId, to, notice });
}

/**
 * The same in one statement, for a sign-in whose proof needs no transaction.
 * @returns false when the device is new: then nothing was done.
 */
export async function completeKnownSignIn(
  ctx: AuthenticationContext,
  { proof, deviceId, cleared = [] }: Omit<CompletedSignIn, 'target'>,
): Promise<boolean> {
  const { accountId, generation } = proof;
  const browser = browserOf({ deviceId });
  if (browser === null) return false;
  const seen = { accountId, deviceFingerprint: browser, generation, seenAt: ctx.clock.now() };
  const isKnown = sql`exists (select 1 from device)`;
  const rows = await ctx.db.query(sql`with device as (${deviceUpdate(seen)}),
      account as (${ctx.accounts.lastSignInUpdate(accountId, isKnown)}),
      failures as (${clearance(cleared, isKnown)}),
      event as (${ctx.audit.insertion(signedIn(proof), sql`device`)})
    select 1 from device`);
  return rows.length > 0;
}

function signedIn({ accountId, amr }: Proof) {
  return { kind: 'sign_in.succeeded', accountId, details: { amr } } as const;
}

function deviceName(userAgent: string): string {
  const { browser, system } = describeDevice(userAgent);
  const known = [browser, system].filter((name) => name !== null);
  return known.length > 0 ? known.join(', ') : UNKNOWN_DEVICE;
}
