import type { Database } from '../platform/postgres/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { takeMessage } from './proofs/limit-messages.ts';
import { createOneTimeCodeStore } from './proofs/one-time-code-store.ts';

export interface Notice {
  readonly template:
    | 'password-changed'
    | 'new-device'
    | 'email-added'
    | 'phone-added'
    | 'email-taken'
    | 'phone-taken';
  readonly values?: Readonly<Record<string, string | number>>;
  readonly locale: string;
}

/** Where an account's notices go: its proven e-mail addresses. Read before a transaction; most calls touch no table. */
export async function provenEmails(
  parts: Pick<AuthenticationParts, 'vault'>,
  accountId: string,
): Promise<readonly string[]> {
  const attributes = await parts.vault.recentAttributes(accountId);
  return attributes.flatMap(({ claim, value, isVerified }) =>
    claim === 'email' && isVerified && typeof value === 'string' ? [value] : [],
  );
}

/** Queues the same notice to each address. */
export async function notify(
  parts: Pick<AuthenticationParts, 'mailer'>,
  tx: Database,
  { to, notice }: { to: readonly string[]; notice: Notice },
): Promise<void> {
  for (const address of to) {
    await parts.mailer.enqueue(tx, {
      to: address,
      template: notice.template,
      locale: notice.locale,
      values: notice.values ?? {},
    });
  }
}

/**
 * Queues the notice that there were many wrong passwords. Strangers cause it, so it counts as a message of theirs to each address. Without
 * a recipient the same work is done for the name that was typed.
 */
export async function notifyOfGuessing(
  parts: Pick<AuthenticationParts, 'mailer' | 'vault' | 'codeKey' | 'clock'>,
  tx: Database,
  guessed: {
    readonly to: readonly string[];
    readonly locale: string;
    readonly addressIndex: Buffer;
  },
): Promise<void> {
  const { to, locale, addressIndex } = guessed;
  const { lockAddress } = createOneTimeCodeStore(tx);
  const take = async (index: Buffer): Promise<boolean> => {
    await lockAddress(index);
    return takeMessage(parts, tx, { addressIndex: index, trusted: null });
  };
  for (const address of to) {
    const isWithin = await take(parts.vault.indexIdentifier({ kind: 'email', value: address }));
    const message = { to: address, template: 'sign-in-paused', locale, values: {} };
    await parts.mailer.enqueue(tx, isWithin ? message : null);
  }
  if (to.length > 0) return;
  await take(addressIndex);
  await parts.mailer.enqueue(tx, null);
}
