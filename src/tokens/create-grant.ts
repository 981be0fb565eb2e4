import { randomBytes } from 'node:crypto';

import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Grant } from './grant.ts';
import { createGrantStore } from './grant-store.ts';

export interface CreateGrantInput {
  readonly accountId: string;
  readonly clientId: string;
  readonly consentId: string | null;
  /** Default: unknown. */
  readonly consentVersion?: number;
  readonly sessionUid: string | null;
  /** Default: false. */
  readonly endsOthers?: boolean;
  readonly expiresInSeconds: number;
  /** Joins this transaction; alone it commits at once. */
  readonly tx?: Database;
}

/** Writes down that an app may act for an account from now on. */
export async function createGrant(
  deps: { readonly db: Database; readonly clock: Clock },
  input: CreateGrantInput,
): Promise<Grant> {
  const createdAt = deps.clock.now();
  const grant: Grant = Object.freeze({
    id: randomBytes(24).toString('base64url'),
    accountId: input.accountId,
    clientId: input.clientId,
    consentId: input.consentId,
    consentVersion: input.consentVersion ?? null,
    sessionUid: input.sessionUid,
    endsOthers: input.endsOthers ?? false,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + input.expiresInSeconds * 1000),
  });
  await createGrantStore(input.tx ?? deps.db).insert(grant);
  return grant;
}
