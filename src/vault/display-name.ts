import type { Attribute } from './attribute.ts';

/** What to call a person on the person's own pages: the default name, else the default e-mail, else nothing better. */
export function displayName(attributes: readonly Attribute[]): string {
  for (const claim of ['name', 'nickname', 'email']) {
    const values = attributes.filter((attribute) => attribute.claim === claim);
    const value = (values.find(({ isDefault }) => isDefault) ?? values[0])?.value;
    if (typeof value === 'string') return value;
  }
  return '…';
}
