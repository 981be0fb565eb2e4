import type { Attribute } from '../attributes/attribute.ts';

/** Where a person is written to: the default e-mail when it is proven, else another proven one. */
export function provenEmail(attributes: readonly Attribute[]): string | undefined {
  const proven = attributes.filter(({ claim, isVerified }) => claim === 'email' && isVerified);
  const { value } = proven.find(({ isDefault }) => isDefault) ?? proven[0] ?? {};
  return typeof value === 'string' ? value : undefined;
}
