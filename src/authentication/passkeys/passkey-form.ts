import { Type } from 'typebox';

/** The fields that the script of a page with a passkey fills in. */
export const PasskeyAnswer = {
  ticket: Type.String({ minLength: 1, maxLength: 2_000 }),
  /** The JSON of the `PublicKeyCredential`. */
  answer: Type.String({ minLength: 1, maxLength: 20_000 }),
};

/** The answer in a form; null for text that is not JSON. */
export function parsePasskeyAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
