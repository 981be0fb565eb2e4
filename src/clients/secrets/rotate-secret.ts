import crypto from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import { fingerprint } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { type ManagedInput, needsSecret, type NewSecret, SECRET_LIMITS } from '../client.ts';
import type { ClientsContext } from '../context.ts';
import { changeManaged } from '../managed-client.ts';
import { createClientSecretStore } from './client-secret-store.ts';

const SECRET_BYTES = 32;
const HINT_LENGTH = 4;

interface RotateSecretInput extends ManagedInput {
  /** Seconds for which the existing secrets stay valid: 0 to 604800; `null` leaves them unchanged. */
  readonly overlapSeconds: number | null;
  /** A UUID of the submitted form. A form of an app creates one secret, however often it is submitted. */
  readonly draftKey?: string;
}

/**
 * Adds a secret and lets the existing ones expire after an overlap, so that an app can replace its secret without an
 * outage.
 * @throws AppError `client_not_found`, `client_has_no_secret`, `too_many_secrets`, `draft_used`, `overlap_out_of_range`.
 */
export async function rotateSecret(
  ctx: ClientsContext,
  input: RotateSecretInput,
): Promise<NewSecret> {
  const { overlapSeconds, draftKey } = input;
  requireValidOverlap(overlapSeconds);
  let created: NewSecret | undefined;
  await changeManaged(ctx, input, async (tx, client) => {
    if (!needsSecret(client.tokenEndpointAuthMethod)) {
      throw new AppError('conflict', 'client_has_no_secret');
    }
    const now = ctx.clock.now();
    const store = createClientSecretStore(tx);
    if (overlapSeconds !== null) {
      await store.expireAll(client.id, new Date(now.getTime() + overlapSeconds * 1000));
    }
    await store.deleteExpired(client.id, now);
    if ((await store.list(client.id)).length >= SECRET_LIMITS.live) {
      throw new AppError('conflict', 'too_many_secrets');
    }
    created = await storeNewSecret(tx, client.id, { now, draftKey });
    const details = { secretId: created.id, overlapSeconds };
    return { client, event: { kind: 'client.secret_rotated', details } };
  });
  if (created === undefined) throw new Error('a rotation created no secret');
  return created;
}

/**
 * Creates a secret of 256 random bits and stores its fingerprint. Only the result contains it in clear.
 * @throws AppError `draft_used` when its form was submitted before.
 */
export async function storeNewSecret(
  tx: Database,
  clientId: string,
  { now, draftKey }: { readonly now: Date; readonly draftKey?: string | undefined },
): Promise<NewSecret> {
  const secret = crypto.randomBytes(SECRET_BYTES).toString('base64url');
  const created: NewSecret = {
    id: crypto.randomUUID(),
    secret,
    hint: secret.slice(-HINT_LENGTH),
    createdAt: now,
    expiresAt: null,
    lastUsedAt: null,
  };
  const row = {
    ...created,
    clientId,
    fingerprint: fingerprint(secret),
    draftKey: draftKey ?? null,
  };
  if (!(await createClientSecretStore(tx).insert(row))) {
    throw new AppError('conflict', 'draft_used');
  }
  return created;
}

function requireValidOverlap(seconds: number | null): void {
  const { least, longest } = SECRET_LIMITS.overlapSeconds;
  if (seconds === null) return;
  if (Number.isInteger(seconds) && seconds >= least && seconds <= longest) return;
  throw new AppError('invalid', 'overlap_out_of_range', {
    fields: { overlapSeconds: 'overlap_out_of_range' },
  });
}
