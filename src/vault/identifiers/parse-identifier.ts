import type { Identifier } from '../attributes/attribute.ts';

/**
 * The meaning of text in a field for an e-mail, a phone number or a username. No text can be two of them:
 * usernames have a letter and no "@".
 */
export function parseIdentifier(text: string): Identifier {
  const value = text.trim();
  if (value.includes('@')) return { kind: 'email', value };
  return { kind: /\p{L}/u.test(value) ? 'username' : 'phone_number', value };
}
