import { randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { VaultContext } from '../context.ts';
import { findAccountSealer, lockAccountSealer } from '../keys/find-account-sealer.ts';
import {
  checkKey,
  checkRecordValue,
  RECORD_LIMITS,
  type Expected,
  type JsonValue,
  type RecordEntry,
  type RecordRef,
} from './record.ts';
import { createRecordStore, type NamespaceCount, type RecordRow } from './record-store.ts';
import { openRecord, recordPlace, sealRecord, toEntry } from './sealed-record.ts';

interface ChangeRecordInput extends RecordRef {
  readonly expected: Expected;
  /** Called when the lock is held, right before the change; throws to prevent it. */
  readonly confirm?: () => Promise<void>;
}

/** A record of a person; null when there is none. The caller has checked the right to see it, as for all functions here. */
export async function findRecord(ctx: VaultContext, ref: RecordRef): Promise<RecordEntry | null> {
  const [sealer, row] = await Promise.all([
    findAccountSealer(ctx, ref.accountId),
    createRecordStore(ctx.db).find(recordPlace(ctx.recordKey, ref)),
  ]);
  return sealer === null || row === null ? null : openRecord(sealer, row);
}

/** In a fixed order that is independent of the keys, at most `limit`. */
export async function listRecords(
  ctx: VaultContext,
  {
    after,
    ...input
  }: {
    readonly accountId: string;
    readonly namespace: string;
    /** {@link RecordEntry.id} after which the page begins. */
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<RecordEntry[]> {
  const query = { ...input, after: after === undefined ? null : Buffer.from(after, 'hex') };
  const [sealer, rows] = await Promise.all([
    findAccountSealer(ctx, input.accountId),
    createRecordStore(ctx.db).list(query),
  ]);
  return sealer === null ? [] : rows.map((row) => openRecord(sealer, row));
}

/** The number of records in each namespace. */
export function countRecords({ db }: VaultContext, accountId: string): Promise<NamespaceCount[]> {
  return createRecordStore(db).count(accountId);
}

/**
 * Creates or replaces a record. The account is locked until the change is written, so that the checked state and the
 * number of records cannot change.
 * @throws AppError `record_invalid` with `fields`, `record_changed` when the record is not in the `expected` state,
 * `too_many_records`.
 */
export async function putRecord(
  ctx: VaultContext,
  input: ChangeRecordInput & {
    readonly value: JsonValue;
    /** The app that writes; null: the person. */
    readonly changedBy: string | null;
  },
): Promise<RecordEntry> {
  const { accountId, namespace, expected, changedBy } = input;
  const key = checkKey(input.key);
  const value = checkRecordValue(input.value);
  return ctx.db.transaction(async (tx) => {
    const sealer = await lockAccountSealer(ctx, tx, accountId);
    const store = createRecordStore(tx);
    const place = recordPlace(ctx.recordKey, input);
    const before = await store.find(place);
    requireExpected(expected, before);
    await input.confirm?.();
    if (before === null) refuseTooMany(await store.count(accountId), namespace);
    const now = ctx.clock.now();
    const row: RecordRow = {
      ...place,
      sealedContent: sealRecord(sealer, place, { key, value }),
      version: randomUUID(),
      changedBy,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
    await store.save(row);
    return toEntry(row, { key, value });
  });
}

/** Deletes a record, if there is one. @throws AppError `record_changed` when it is not in the `expected` state. */
export async function removeRecord(ctx: VaultContext, input: ChangeRecordInput): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockAccountSealer(ctx, tx, input.accountId);
    const store = createRecordStore(tx);
    const place = recordPlace(ctx.recordKey, input);
    const before = await store.find(place);
    requireExpected(input.expected, before);
    await input.confirm?.();
    if (before !== null) await store.remove(place);
  });
}

function requireExpected(expected: Expected, before: RecordRow | null): void {
  const isMet =
    expected.kind === 'anything' ||
    (expected.kind === 'absent' && before === null) ||
    (expected.kind === 'present' && before !== null) ||
    (expected.kind === 'version' && before?.version === expected.version);
  if (!isMet) throw new AppError('conflict', 'record_changed');
}

function refuseTooMany(counts: readonly NamespaceCount[], namespace: string): void {
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const here = counts.find((known) => known.namespace === namespace)?.count ?? 0;
  if (here >= RECORD_LIMITS.perNamespace || all >= RECORD_LIMITS.perAccount) {
    throw new AppError('conflict', 'too_many_records');
  }
}
