import { randomBytes } from 'node:crypto';

import type { Database } from '../platform/postgres/postgres.ts';
import type { TokensContext } from './context.ts';
import type { Grant } from './grant.ts';
import { createGrantStore } from './grant-store.ts';
import { inSeconds } from './storage.ts';

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
}

/** Records that an app may act for an account from the commit of `tx` on. */
export async function createGrant(
  ctx: Pick<TokensContext, 'clock'>,
  tx: Database,
  input: CreateGrantInput,
): Promise<Grant> {
  const grant = newGrant(ctx, input);
  await createGrantStore(tx).insert(grant);
  return grant;
}

/** A grant that is not stored yet. */
export function newGrant(ctx: Pick<TokensContext, 'clock'>, input: CreateGrantInput): Grant {
  return {
    id: randomBytes(24).toString('base64url'),
    accountId: input.accountId,
    clientId: input.clientId,
    consentId: input.consentId,
    consentVersion: input.consentVersion ?? null,
    sessionUid: input.sessionUid,
    endsOthers: input.endsOthers ?? false,
    createdAt: ctx.clock.now(),
    expiresAt: inSeconds(ctx, input.expiresInSeconds),
  };
}
