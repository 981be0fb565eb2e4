import type { Attribute } from '../attributes/attribute.ts';

/** The name of a person on the person's own pages: the default name, else the default e-mail, else a general word. */
export function displayName(attributes: readonly Attribute[]): string {
  return (
    defaultText(attributes, 'name') ??
    defaultText(attributes, 'nickname') ??
    defaultEmail(attributes) ??
    '…'
  );
}

/** The e-mail that a person is most likely to sign in with. */
export function defaultEmail(attributes: readonly Attribute[]): string | undefined {
  return defaultText(attributes, 'email');
}

function defaultText(attributes: readonly Attribute[], claim: string): string | undefined {
  const values = attributes.filter((attribute) => attribute.claim === claim);
  const value = (values.find(({ isDefault }) => isDefault) ?? values[0])?.value;
  return typeof value === 'string' ? value : undefined;
}
