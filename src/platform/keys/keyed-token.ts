import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

import { deriveKey } from './encryption.ts';

const IV_BYTES = 16;
const TOKEN = /^[\w-]{22,400}$/;

/**
 * Text for a URL that only this installation can create and read, and that cannot be guessed. Equal contents have equal
 * tokens; tokens of different contents are unrelated.
 *
 * Deterministic authenticated encryption by the composition of RFC 5297 §2 (a synthetic initialization vector) with
 * HMAC-SHA-256 and AES-256-CTR: Node offers no SIV mode of its own. A token is not a permission: the caller must check
 * whether access is allowed now. Two keys are derived from `secret`, for this `purpose` only.
 */
export function createKeyedTokens(secret: Buffer, purpose: string) {
  const macKey = deriveKey(secret, `${purpose}: authenticity`);
  const cipherKey = deriveKey(secret, `${purpose}: secrecy`);
  const vectorOf = (content: Buffer): Buffer =>
    createHmac('sha256', macKey).update(content).digest().subarray(0, IV_BYTES);

  return {
    /** URL-safe. */
    issue(content: Buffer): string {
      const vector = vectorOf(content);
      const cipher = createCipheriv('aes-256-ctr', cipherKey, vector);
      return Buffer.concat([vector, cipher.update(content), cipher.final()]).toString('base64url');
    },

    /** Null for every text that `issue` has not created. */
    read(token: string): Buffer | null {
      if (!TOKEN.test(token)) return null;
      const bytes = Buffer.from(token, 'base64url');
      // Base64 has several spellings; only the spelling of `issue` is accepted.
      if (bytes.toString('base64url') !== token || bytes.length < IV_BYTES) return null;
      const vector = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv('aes-256-ctr', cipherKey, vector);
      const content = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]);
      return timingSafeEqual(vectorOf(content), vector) ? content : null;
    },
  };
}

export type KeyedTokens = ReturnType<typeof createKeyedTokens>;
