import { parentPort } from 'node:worker_threads';

import { compareSync } from 'bcryptjs';

/** The message that requests a check; the answer is a boolean. */
export interface BcryptQuestion {
  readonly password: string;
  readonly hash: string;
}

// Hundreds of milliseconds of arithmetic: in the main thread every request would wait for it.
parentPort?.on('message', ({ password, hash }: BcryptQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(compareSync(password, hash));
});
