import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A running key service. */
export interface TestKeyService {
  /** Settings of a server that uses it. */
  readonly env: Readonly<Record<string, string>>;
  /** `disabled`: it says no. `silent`: it takes requests and never answers. */
  behave(mode: 'normal' | 'disabled' | 'silent'): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it as a process of its own on a free port. */
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
      const heard = once(child, 'message');
      child.send(mode);
      await heard;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
