import crypto from 'node:crypto';

import type { Clock } from '../../platform/clock.ts';
import { fingerprint } from '../../platform/keys/encryption.ts';
import type { Client } from '../client.ts';
import type { createClientSecretStore } from './client-secret-store.ts';

interface VerifySecretDeps {
  readonly find: (clientId: string) => Promise<Client | null>;
  readonly secrets: Pick<ReturnType<typeof createClientSecretStore>, 'markUsed'>;
  readonly clock: Clock;
}

const MARK_EVERY_MS = 60_000;
const MARKS_KEPT = 10_000;

/**
 * Makes the check of a client secret: true for any secret of an active app that has not expired, compared in constant time.
 * Its use is recorded at most once a minute, in the background: a check neither waits for that write nor fails with it.
 */
export function createSecretVerifier({ find, secrets, clock }: VerifySecretDeps) {
  const markedAt = new Map<string, number>();

  const markUsed = (secretId: string, now: Date): void => {
    if (now.getTime() - (markedAt.get(secretId) ?? -Infinity) < MARK_EVERY_MS) return;
    if (markedAt.size >= MARKS_KEPT) markedAt.clear();
    markedAt.set(secretId, now.getTime());
    secrets.markUsed(secretId, now).catch(() => markedAt.delete(secretId));
  };

  return async (clientId: string, secret: string): Promise<boolean> => {
    const client = await find(clientId);
    if (client === null || client.status !== 'active') return false;
    const now = clock.now();
    const presented = fingerprint(secret);
    let matchedId: string | undefined;
    for (const known of client.secretFingerprints) {
      const isEqual = crypto.timingSafeEqual(known.fingerprint, presented);
      const isLive = known.expiresAt === null || known.expiresAt > now;
      if (isEqual && isLive) matchedId = known.id;
    }
    if (matchedId !== undefined) markUsed(matchedId, now);
    return matchedId !== undefined;
  };
}
