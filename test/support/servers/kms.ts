import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A running key service. */
export interface TestKeyService {
  /** Settings of a server that uses this service. */
  readonly env: Readonly<Record<string, string>>;
  /** `disabled`: refuses requests. `silent`: accepts requests and never responds. */
  behave(mode: 'normal' | 'disabled' | 'silent'): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the service in a separate process on a free port. */
export async function startKms(): Promise<TestKeyService> {
  const file = fileURLToPath(new URL('kms-process.ts', import.meta.url));
  const child = fork(file, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  return {
    env: {
      KMS_KEY_ID: 'alias/consentry-test',
      KMS_REGION: 'eu-north-1',
      KMS_ENDPOINT: `http://127.0.0.1:${String(port)}`,
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-test',
    },
    behave: async (mode) => {
      const confirmed = once(child, 'message');
      child.send(mode);
      await confirmed;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
