import type { Attribute } from '../attributes/attribute.ts';

/** The e-mails among an account's values that it has proven: where its notices go. */
export function provenEmails(attributes: readonly Attribute[]): string[] {
  return attributes.flatMap(({ claim, value, isVerified }) =>
    claim === 'email' && isVerified && typeof value === 'string' ? [value] : [],
  );
}
