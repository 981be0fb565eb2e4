import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { EndedSession } from './session.ts';
import { toEndedSession } from './session-store.ts';

/** Which other sessions give way to a new one. */
export interface SessionLimits {
  readonly accountId: string;
  /** The new one, which stays. */
  readonly uid: string;
  readonly deviceFingerprint: Buffer | null;
  /** How many may stay, the new one included. */
  readonly limit: number;
}

/** Deletes rows of `sessions` and returns their content. */
export interface SessionEndStore {
  /** Until the transaction ends, no other sign-in of this account counts its sessions. */
  lockAccount(accountId: string): Promise<void>;
  /** The same device's earlier sessions, and the least recently seen ones above the limit. */
  endExcess(limits: SessionLimits): Promise<readonly EndedSession[]>;
  endOne(accountId: string, uid: string): Promise<readonly EndedSession[]>;
  endAll(accountId: string, exceptUid: string | null): Promise<readonly EndedSession[]>;
}

interface EndedRow {
  readonly uid: string;
  readonly fingerprint: Buffer;
  readonly sealed_payload: Buffer;
}

const RETURNING = 'returning uid, fingerprint, sealed_payload';

/** `tx` should be a transaction: the grants that an ended session carries must end with it. */
export function createSessionEndStore(tx: Database, masterSealer: Sealer): SessionEndStore {
  const end = async (name: string, text: string, values: readonly unknown[]) =>
    (await tx.query<EndedRow>({ name, text: `${text} ${RETURNING}`, values })).map((row) =>
      toEndedSession(masterSealer, row),
    );

  return Object.freeze({
    lockAccount: async (accountId: string) => {
      await tx.query({
        name: 'sessions-lock-account',
        text: `select pg_advisory_xact_lock(hashtextextended('sessions ' || $1, 0))`,
        values: [accountId],
      });
    },
    endExcess: ({ accountId, uid, deviceFingerprint, limit }: SessionLimits) =>
      end(
        'sessions-end-excess',
        `delete from sessions where account_id = $1 and uid <> $2 and (
           device_fingerprint = $3 or uid in (
             select uid from sessions
             where account_id = $1 and uid <> $2 and device_fingerprint is distinct from $3
             order by last_seen_at desc, uid offset $4))`,
        [accountId, uid, deviceFingerprint, Math.max(0, limit - 1)],
      ),
    endOne: (accountId: string, uid: string) =>
      end('sessions-end-one', 'delete from sessions where account_id = $1 and uid = $2', [
        accountId,
        uid,
      ]),
    endAll: (accountId: string, exceptUid: string | null) =>
      end(
        'sessions-end-all',
        'delete from sessions where account_id = $1 and uid is distinct from $2',
        [accountId, exceptUid],
      ),
  });
}
