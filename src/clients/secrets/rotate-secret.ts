import { AppError } from '../../platform/app-error.ts';
import { changeManaged } from '../change-managed.ts';
import { needsSecret, type NewSecret, SECRET_LIMITS } from '../client.ts';
import { createClientSecretStore } from './client-secret-store.ts';
import type { RotateSecretInput } from '../clients.ts';
import type { ClientsDeps } from '../context.ts';
import { storeNewSecret } from './new-secret.ts';

/**
 * Adds a secret and lets those there were end after an overlap, so an app can change over without an outage.
 * @throws AppError `client_not_found`, `client_has_no_secret`, `too_many_secrets`, `draft_used`, `overlap_out_of_range`.
 */
export async function rotateSecret(
  deps: ClientsDeps,
  input: RotateSecretInput,
): Promise<NewSecret> {
  refuseOddOverlap(input.overlapSeconds);
  let created: NewSecret | undefined;
  await changeManaged(deps, input, async (tx, client) => {
    if (!needsSecret(client.tokenEndpointAuthMethod)) {
      throw new AppError('conflict', 'client_has_no_secret');
    }
    const now = deps.clock.now();
    const store = createClientSecretStore(tx);
    if (input.overlapSeconds !== null) {
      await store.expireAll(client.id, new Date(now.getTime() + input.overlapSeconds * 1000));
    }
    await store.deleteExpired(client.id, now);
    if ((await store.list(client.id)).length >= SECRET_LIMITS.live) {
      throw new AppError('conflict', 'too_many_secrets');
    }
    created = await storeNewSecret(tx, client.id, { now, draftKey: input.draftKey });
    return {
      client,
      event: {
        kind: 'client.secret_rotated',
        details: { secretId: created.id, overlapSeconds: input.overlapSeconds },
      },
    };
  });
  if (created === undefined) throw new Error('a rotation that made no secret');
  return created;
}

function refuseOddOverlap(seconds: number | null): void {
  const { least, longest } = SECRET_LIMITS.overlapSeconds;
  if (seconds === null || (Number.isInteger(seconds) && seconds >= least && seconds <= longest))
    return;
  throw new AppError('invalid', 'overlap_out_of_range', {
    fields: { overlapSeconds: 'overlap_out_of_range' },
  });
}
