import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Signs short texts that pass through the browser. The first key signs; every key is accepted, so that current values stay
 * valid when keys rotate.
 */
export function createTextSigner(keys: readonly Buffer[]) {
  const [current] = keys;
  if (current === undefined) throw new Error('a signer needs at least one key');
  return {
    sign(text: string): string {
      const payload = Buffer.from(text, 'utf8').toString('base64url');
      return `${payload}.${mac(current, payload).toString('base64url')}`;
    },
    /** The text, or nothing when none of the keys signed it. */
    verify(signed: string): string | undefined {
      const [payload = '', signature = ''] = signed.split('.');
      const given = Buffer.from(signature, 'base64url');
      const isKnown = keys.some((key) => isEqual(mac(key, payload), given));
      return isKnown ? Buffer.from(payload, 'base64url').toString('utf8') : undefined;
    },
  };
}

export type TextSigner = ReturnType<typeof createTextSigner>;

/** Compares in constant time; buffers of different lengths differ. */
export function isEqual(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function mac(key: Buffer, payload: string): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}
