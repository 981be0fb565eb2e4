import { createHash, pbkdf2, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

import argon2 from 'argon2';

import type { BcryptQuestion } from './bcrypt-worker.ts';
import type { ImportedHash } from './imported-hash.ts';

const derive = promisify(pbkdf2);

/**
 * Compares a password with a hash of another system, as that system did: the text as it was entered, bcrypt's limit of
 * 72 bytes included. None of the work is done in the main thread.
 */
export async function checkImportedHash(hash: ImportedHash, password: string): Promise<boolean> {
  switch (hash.kind) {
    case 'argon2':
      return argon2.verify(hash.phc, password);
    case 'bcrypt': {
      const text = hash.isPrehashed
        ? createHash('sha256').update(password).digest('hex')
        : password;
      return checkBcrypt({ password: text, hash: hash.hash });
    }
    case 'pbkdf2': {
      const { salt, iterations, key, digest } = hash;
      return timingSafeEqual(await derive(password, salt, iterations, key.length, digest), key);
    }
  }
}

/** Idle threads. Their number is limited, because the caller limits the number of concurrent checks. */
const idle: Worker[] = [];

async function checkBcrypt(question: BcryptQuestion): Promise<boolean> {
  const worker = idle.pop() ?? new Worker(new URL('./bcrypt-worker.ts', import.meta.url));
  worker.ref();
  // An error of the thread rejects here, and the thread is not used again.
  const answered = once(worker, 'message') as Promise<[boolean]>;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(question);
  const [isEqual] = await answered;
  worker.unref();
  idle.push(worker);
  return isEqual;
}
