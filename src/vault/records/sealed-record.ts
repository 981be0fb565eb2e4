import { deriveKey, keyedIndex, type Sealer } from '../../platform/keys/encryption.ts';
import type { JsonValue, RecordEntry, RecordRef } from './record.ts';
import type { RecordPlace, RecordRow } from './record-store.ts';

interface RecordContent {
  readonly key: string;
  readonly value: JsonValue;
}

/** For records only, derived from the blind index key. */
export function recordKeyOf(blindIndexKey: Buffer): Buffer {
  return deriveKey(blindIndexKey, 'records');
}

/** The columns that identify a record. Equal keys of two accounts or namespaces have different indexes. */
export function recordPlace(
  indexKey: Buffer,
  { accountId, namespace, key }: RecordRef,
): RecordPlace {
  const keyIndex = keyedIndex(indexKey, JSON.stringify([accountId, namespace, key]));
  return { accountId, namespace, keyIndex };
}

/** Seals key and value for one row. */
export function sealRecord(sealer: Sealer, place: RecordPlace, content: RecordContent): Buffer {
  return sealer.seal(JSON.stringify(content), recordContext(place));
}

/** @throws Error when the ciphertext was made for another row, namespace or account. */
export function openRecord(sealer: Sealer, row: RecordRow): RecordEntry {
  const text = sealer.open(row.sealedContent, recordContext(row)).toString('utf8');
  return toEntry(row, JSON.parse(text) as RecordContent);
}

/** The record of a row and its opened content. */
export function toEntry(row: RecordRow, { key, value }: RecordContent): RecordEntry {
  const { namespace, version, changedBy, createdAt, updatedAt } = row;
  const id = row.keyIndex.toString('hex');
  return { id, namespace, key, value, version, changedBy, createdAt, updatedAt };
}

/** The context to which a record is bound; it cannot be opened in another one. */
export function recordContext({ accountId, namespace, keyIndex }: RecordPlace): string {
  return `records:sealed_content:${accountId}:${namespace}:${keyIndex.toString('hex')}`;
}
