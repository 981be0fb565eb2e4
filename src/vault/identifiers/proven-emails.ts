import type { Attribute } from '../attributes/attribute.ts';

/** The proven e-mails of an account, to which its notices are sent. */
export function provenEmails(attributes: readonly Attribute[]): string[] {
  return attributes.flatMap(({ claim, value, isVerified }) =>
    claim === 'email' && isVerified && typeof value === 'string' ? [value] : [],
  );
}

/** The address for mails to a person: the default e-mail when it is proven, else another proven one. */
export function provenEmail(attributes: readonly Attribute[]): string | undefined {
  const [defaultEmail] = provenEmails(attributes.filter(({ isDefault }) => isDefault));
  return defaultEmail ?? provenEmails(attributes)[0];
}
