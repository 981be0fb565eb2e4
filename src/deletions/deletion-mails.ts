import type { DeletionsDeps } from './deletions-deps.ts';

/** Where an account's mails go. */
export async function provenEmails(
  { vault }: Pick<DeletionsDeps, 'vault'>,
  accountId: string,
): Promise<readonly string[]> {
  const attributes = await vault.listAttributes(accountId);
  return attributes.flatMap(({ claim, value, isVerified }) =>
    claim === 'email' && isVerified && typeof value === 'string' ? [value] : [],
  );
}

/** A day as a sentence has it, in UTC. */
export function dayIn(locale: string, date: Date): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}
