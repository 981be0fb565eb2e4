import { randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { findAccountSealer, lockAccountSealer } from '../keys/find-account-sealer.ts';
import {
  checkKey,
  checkRecordValue,
  type Expected,
  type JsonValue,
  RECORD_LIMITS,
  type RecordEntry,
  type RecordRef,
} from './record.ts';
import {
  createRecordStore,
  type NamespaceCount,
  type RecordPlace,
  type RecordRow,
} from './record-store.ts';
import { openRecord, placeOf, recordKeyOf, sealRecord } from './sealed-record.ts';
import type { VaultContext } from '../context.ts';

export interface ListRecordsInput {
  readonly accountId: string;
  readonly namespace: string;
  /** {@link RecordEntry.id} after which the page begins. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface ChangeRecordInput extends RecordRef {
  readonly expected: Expected;
}

export interface PutRecordInput extends ChangeRecordInput {
  readonly value: JsonValue;
  /** The app that writes; null: the person. */
  readonly changedBy: string | null;
}

/** Key and value pairs that apps keep with a person, by namespace. Callers check the right to see them. */
export interface Records {
  /** Null when there is none. */
  find(ref: RecordRef): Promise<RecordEntry | null>;
  /** In an order of their own, at most `limit`. */
  list(input: ListRecordsInput): Promise<RecordEntry[]>;
  /** How many there are in each namespace. */
  count(accountId: string): Promise<NamespaceCount[]>;
  /** @throws AppError `record_invalid` with `fields`, `record_changed` when the record is not in the `expected` state, `too_many_records`. */
  put(input: PutRecordInput): Promise<RecordEntry>;
  /** @throws AppError `record_not_found`, `record_changed`. */
  remove(input: ChangeRecordInput): Promise<void>;
}

/** Connects records to their table. */
export function createRecords(ctx: VaultContext): Records {
  const indexKey = recordKeyOf(ctx.blindIndexKey);
  const sealerOf = (accountId: string): Promise<Sealer | null> => findAccountSealer(ctx, accountId);
  return Object.freeze({
    find: async (ref: RecordRef) => {
      const [sealer, row] = await Promise.all([
        sealerOf(ref.accountId),
        createRecordStore(ctx.db).find(placeOf(indexKey, ref)),
      ]);
      return sealer === null || row === null ? null : openRecord(sealer, row);
    },
    list: async ({ accountId, namespace, after, limit }: ListRecordsInput) => {
      const query = { accountId, namespace, limit, after: cursorOf(after) };
      const [sealer, rows] = await Promise.all([
        sealerOf(accountId),
        createRecordStore(ctx.db).list(query),
      ]);
      return sealer === null ? [] : rows.map((row) => openRecord(sealer, row));
    },
    count: (accountId: string) => createRecordStore(ctx.db).count(accountId),
    put: (input: PutRecordInput) => putRecord(ctx, indexKey, input),
    remove: (input: ChangeRecordInput) =>
      changing(ctx, input, async (tx) => {
        const place = placeOf(indexKey, input);
        const before = await createRecordStore(tx).find(place);
        requireExpected(input.expected, before);
        if (before === null) return;
        await createRecordStore(tx).remove(place);
      }),
  });
}

async function putRecord(
  ctx: VaultContext,
  indexKey: Buffer,
  input: PutRecordInput,
): Promise<RecordEntry> {
  const key = checkKey(input.key);
  const value = checkRecordValue(input.value);
  return changing(ctx, input, async (tx, sealer) => {
    const store = createRecordStore(tx);
    const place: RecordPlace = placeOf(indexKey, input);
    const before = await store.find(place);
    requireExpected(input.expected, before);
    if (before === null) refuseTooMany(await store.count(input.accountId), input.namespace);
    const now = ctx.clock.now();
    const row: RecordRow = {
      ...place,
      sealedContent: sealRecord(sealer, place, { key, value }),
      version: randomUUID(),
      changedBy: input.changedBy,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
    await store.save(row);
    return openRecord(sealer, row);
  });
}

/** One change of an account's records at a time: the checked state and the count stay true until the change is written. */
function changing<T>(
  ctx: VaultContext,
  { accountId }: Pick<RecordRef, 'accountId'>,
  work: (tx: Database, sealer: Sealer) => Promise<T>,
): Promise<T> {
  return ctx.db.transaction(async (tx) => work(tx, await lockAccountSealer(ctx, tx, accountId)));
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

function cursorOf(after: string | undefined): Buffer | null {
  return after === undefined ? null : Buffer.from(after, 'hex');
}
