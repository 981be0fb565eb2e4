import { parentPort } from 'node:worker_threads';

import { compareSync } from 'bcryptjs';

/** The message that requests a check; the answer is a boolean. */
export interface BcryptQuestion {
  readonly password: string;
  readonly hash: string;
}

// The check takes hundreds of milliseconds of CPU; in the main thread it would delay every request.
parentPort?.on('message', ({ password, hash }: BcryptQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(compareSync(password, hash));
});
