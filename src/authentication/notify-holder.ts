import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';

export interface Notice {
  readonly template:
    | 'password-changed'
    | 'sign-in-paused'
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
