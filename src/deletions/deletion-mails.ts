import type { DeletionsContext } from './context.ts';

/** The verified e-mail addresses of an account. */
export async function provenEmails(
  { vault }: Pick<DeletionsContext, 'vault'>,
  accountId: string,
): Promise<readonly string[]> {
  const attributes = await vault.listAttributes(accountId);
  return attributes.flatMap(({ claim, value, isVerified }) =>
    claim === 'email' && isVerified && typeof value === 'string' ? [value] : [],
  );
}

/** A day in UTC, written for a sentence. */
export function dayIn(locale: string, date: Date): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}
