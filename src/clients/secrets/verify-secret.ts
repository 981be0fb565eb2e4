import crypto from 'node:crypto';

import type { Clock } from '../../platform/clock.ts';
import { fingerprint } from '../../platform/keys/encryption.ts';
import type { Client } from '../client.ts';
import type { ClientSecretStore } from './client-secret-store.ts';

export interface VerifySecretDeps {
  readonly find: (clientId: string) => Promise<Client | null>;
  readonly secrets: Pick<ClientSecretStore, 'markUsed'>;
  readonly clock: Clock;
}

const MARK_EVERY_MS = 60_000;
const MARKS_KEPT = 10_000;

/**
 * Compares a secret with every one the app has, in constant time. That it was used is noted at most once a minute, behind the
 * caller's back: a check must not wait for a write, nor fail with it.
 */
export function createSecretVerifier(
  deps: VerifySecretDeps,
): (clientId: string, secret: string) => Promise<boolean> {
  const markedAt = new Map<string, number>();

  const markUsed = (secretId: string, now: Date): void => {
    if (now.getTime() - (markedAt.get(secretId) ?? -Infinity) < MARK_EVERY_MS) return;
    if (markedAt.size >= MARKS_KEPT) markedAt.clear();
    markedAt.set(secretId, now.getTime());
    deps.secrets.markUsed(secretId, now).catch(() => markedAt.delete(secretId));
  };

  return async (clientId, secret) => {
    const client = await deps.find(clientId);
    if (client === null || client.status !== 'active') return false;
    const now = deps.clock.now();
    const presented = fingerprint(secret);
    let matchedId: string | undefined;
    for (const known of client.secretFingerprints) {
      const isEqual = crypto.timingSafeEqual(known.fingerprint, presented);
      const isAlive = known.expiresAt === null || known.expiresAt > now;
      if (isEqual && isAlive) matchedId = known.id;
    }
    if (matchedId !== undefined) markUsed(matchedId, now);
    return matchedId !== undefined;
  };
}
