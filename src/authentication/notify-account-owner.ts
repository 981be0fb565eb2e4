import type { Database } from '../platform/postgres/postgres.ts';
import { provenEmails } from '../vault/index.ts';
import { isAlertKind } from './alerts/alert-kind.ts';
import { openAlert, seniorAddresses } from './alerts/open-alert.ts';
import type { AuthenticationContext } from './context.ts';
import { createCodeStore } from './proofs/code-store.ts';
import { takeMessage } from './proofs/limit-messages.ts';

interface Notice {
  readonly template:
    | 'account-secured'
    | 'authenticator-added'
    | 'authenticator-removed'
    | 'recovery-code-used'
    | 'recovery-codes-created'
    | 'second-step-failed'
    | 'second-step-required'
    | 'second-step-optional'
    | 'passkey-added'
    | 'passkey-removed'
    | 'passkey-blocked'
    | 'password-changed'
    | 'password-set'
    | 'new-device'
    | 'email-added'
    | 'phone-added'
    | 'email-taken'
    | 'phone-taken';
  readonly values?: Readonly<Record<string, string | number>>;
  readonly locale: string;
}

/** The proven e-mail addresses of an account, to which its notices go. Read before a transaction; most calls touch no table. */
export async function noticeAddresses(
  { vault }: AuthenticationContext,
  accountId: string,
): Promise<readonly string[]> {
  return provenEmails(await vault.recentAttributes(accountId));
}

/** The same without a copy of this node: the number of statements must not reveal whether there is an account. */
export async function readNoticeAddresses(
  { vault }: AuthenticationContext,
  tx: Database,
  accountId: string,
): Promise<readonly string[]> {
  return provenEmails(await vault.listAttributesIn(tx, accountId));
}

interface NoticeInput {
  readonly accountId: string;
  readonly to: readonly string[];
  readonly notice: Notice;
}

/**
 * Queues the notice to each address. A notice of {@link isAlertKind} has a link with which the reader of an address that the account
 * has had for some time reports that the event was not theirs.
 */
export async function notifyAccountOwner(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, to, notice: { template, locale, values = {} } }: NoticeInput,
): Promise<void> {
  const isAlert = isAlertKind(template);
  const seniors = isAlert
    ? seniorAddresses(await ctx.vault.listAttributesIn(tx, accountId), ctx.clock.now())
    : new Set<string>();
  for (const address of to) {
    const alert =
      isAlert && seniors.has(address)
        ? { alert: await openAlert(ctx, tx, { accountId, kind: template, address }) }
        : {};
    await ctx.mailer.enqueue(tx, {
      to: address,
      template,
      locale,
      values: { ...values, ...alert },
    });
  }
}

/**
 * Queues the notice about many wrong passwords. It can be caused without signing in, so it counts towards the limit of
 * such messages to each address. Without a recipient the same work is done for the entered identifier.
 */
export async function notifyOfWrongPasswords(
  ctx: AuthenticationContext,
  tx: Database,
  failed: {
    readonly to: readonly string[];
    readonly locale: string;
    readonly addressIndex: Buffer;
  },
): Promise<void> {
  const { to, locale, addressIndex } = failed;
  const { lockAddress } = createCodeStore(tx);
  const take = async (index: Buffer): Promise<boolean> => {
    await lockAddress(index);
    return takeMessage(ctx, tx, { addressIndex: index, trusted: null });
  };
  for (const address of to) {
    const isWithin = await take(ctx.vault.indexIdentifier({ kind: 'email', value: address }));
    const message = { to: address, template: 'sign-in-paused', locale, values: {} };
    await ctx.mailer.enqueue(tx, isWithin ? message : null);
  }
  if (to.length > 0) return;
  await take(addressIndex);
  await ctx.mailer.enqueue(tx, null);
}
