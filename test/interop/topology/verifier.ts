import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../support/servers/child-environment.ts';

const PROGRAM = fileURLToPath(new URL('resource-server.ts', import.meta.url));

/** A resource server in a separate process. */
export interface Verifier {
  /** @returns null if the token is valid, else the reason. */
  verify(token: string): Promise<string | null>;
  stop(): Promise<void>;
}

interface Verdict {
  readonly id: number;
  readonly problem: string | null;
}

/** Starts a resource server that caches the keys for `keysKeptMs`. */
export async function startVerifier(input: {
  readonly issuer: string;
  readonly certificate: string;
  readonly keysKeptMs: number;
}): Promise<Verifier> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-verifier-'));
  const trusted = path.join(folder, 'certificate.pem');
  fs.writeFileSync(trusted, input.certificate);
  const child = fork(PROGRAM, [], {
    env: childEnvironment({
      NODE_EXTRA_CA_CERTS: trusted,
      ISSUER: input.issuer,
      JWKS_URL: `${input.issuer}/jwks`,
      KEYS_KEPT_MS: String(input.keysKeptMs),
    }),
  });
  const waiting = new Map<number, (problem: string | null) => void>();
  let last = 0;
  await once(child, 'message');
  child.on('message', ({ id, problem }: Verdict) => {
    waiting.get(id)?.(problem);
    waiting.delete(id);
  });
  return {
    verify: (token) =>
      new Promise((resolve) => {
        last += 1;
        waiting.set(last, resolve);
        child.send({ id: last, token });
      }),
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
