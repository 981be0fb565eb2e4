import { addressContext, passkeyNameContext, totpContext } from '../authentication/index.ts';
import { chunkContext } from '../exports/index.ts';
import { storeKeyContext } from '../platform/keys/key-store.ts';
import { MAIL, messageContext, SMS } from '../messaging/message.ts';
import type { SealedColumn } from '../platform/keys/sealed-column.ts';
import { signingKeyContext } from '../platform/keys/signing-keys.ts';
import { transientKeyContext } from '../platform/keys/transient-keys.ts';
import { payloadContext } from '../sessions/index.ts';
import {
  answerContext,
  ARTIFACT_DEFINITIONS,
  sealedPayloadContext,
  tokenContext,
} from '../tokens/index.ts';
import {
  AVATAR_SIZES,
  fileContext,
  keyContext,
  recordContext,
  valueContext,
  type AvatarSize,
} from '../vault/index.ts';

type Row = Readonly<Record<string, unknown>>;

const text = (row: Row, name: string): string => String(row[name]);

type Column = Omit<SealedColumn, 'sealedBy'>;

function columnsUnder(
  sealedBy: SealedColumn['sealedBy'],
  columns: readonly Column[],
): readonly SealedColumn[] {
  return columns.map((column) => ({ ...column, sealedBy }));
}

const LEAF = columnsUnder('leaf', [
  {
    table: 'account_keys',
    column: 'wrapped_key',
    contextOf: (row) => keyContext(text(row, 'accountId')),
  },
]);

const MASTER = columnsUnder('master', [
  {
    table: 'sessions',
    column: 'sealed_payload',
    key: { column: 'uid', type: 'text' },
    contextOf: (row) => payloadContext(text(row, 'uid')),
  },
  {
    table: 'signing_keys',
    column: 'sealed_private_jwk',
    key: { column: 'kid', type: 'text' },
    contextOf: (row) => signingKeyContext(text(row, 'kid')),
  },
  // Rows of a version without a key store only; the job removes them within three days.
  {
    table: 'transient_keys',
    column: 'wrapped_key',
    key: { column: 'version', type: 'int4' },
    contextOf: (row) => transientKeyContext(Number(row['version'])),
  },
]);

const TRANSIENT = columnsUnder('transient', [
  {
    table: 'outgoing_messages',
    column: 'sealed_message',
    contextOf: (row) => messageContext(MAIL, text(row, 'id')),
  },
  {
    table: 'outgoing_sms',
    column: 'sealed_message',
    contextOf: (row) => messageContext(SMS, text(row, 'id')),
  },
  {
    table: 'one_time_codes',
    column: 'sealed_address',
    contextOf: (row) => addressContext(text(row, 'id')),
  },
  {
    table: 'revocation_rounds',
    column: 'sealed_token',
    contextOf: (row) => tokenContext(text(row, 'id')),
  },
  {
    table: 'refresh_answers',
    column: 'sealed_answer',
    contextOf: (row) => answerContext(row['fingerprint'] as Buffer),
  },
  ...Object.values(ARTIFACT_DEFINITIONS)
    .filter(({ isSealed }) => isSealed)
    .map(({ table }): Column => ({
      table,
      column: 'sealed_payload',
      contextOf: (row) => sealedPayloadContext(table, row['fingerprint'] as Buffer),
    })),
]);

const ACCOUNT = columnsUnder('account', [
  {
    table: 'attributes',
    column: 'sealed_value',
    contextOf: (row) =>
      valueContext({
        accountId: text(row, 'accountId'),
        id: text(row, 'id'),
        claim: text(row, 'claim'),
      }),
  },
  {
    table: 'totp_credentials',
    column: 'sealed_secret',
    contextOf: (row) => totpContext(text(row, 'accountId')),
  },
  {
    table: 'passkeys',
    column: 'sealed_name',
    contextOf: (row) =>
      passkeyNameContext({ accountId: text(row, 'accountId'), id: text(row, 'id') }),
  },
  {
    table: 'account_export_chunks',
    column: 'sealed_content',
    // The account is that of the export.
    contextOf: (row) =>
      chunkContext({
        accountId: text(row, 'accountId'),
        exportId: text(row, 'exportId'),
        position: Number(row['position']),
      }),
  },
  {
    table: 'records',
    column: 'sealed_content',
    contextOf: (row) =>
      recordContext({
        accountId: text(row, 'accountId'),
        namespace: text(row, 'namespace'),
        keyIndex: row['keyIndex'] as Buffer,
      }),
  },
  {
    table: 'blobs',
    column: 'content',
    contextOf: (row) => blobContext(text(row, 'name')),
  },
]);

/** Every column of ciphertext in the schema. A test finds those that are missing here. */
export const SEALED_COLUMNS = [...LEAF, ...MASTER, ...TRANSIENT, ...ACCOUNT];

/** The columns of the main database that a rotation of the master key has to re-encrypt. */
export const MASTER_SEALED_COLUMNS: readonly SealedColumn[] = MASTER;

/**
 * The column of the key store that a rotation of the master key has to re-encrypt: the key that wraps all other keys
 * there.
 */
export const KEY_STORE_SEALED_COLUMNS = columnsUnder('master', [
  {
    table: 'key_store.installation',
    column: 'wrapped_key',
    key: { column: 'id', type: 'uuid' },
    contextOf: storeKeyContext,
  },
]);

/** A picture's file is named for its account, picture and size. */
function blobContext(name: string): string {
  const [, accountId = '', avatarId = '', size = ''] = name.split('/');
  const known = AVATAR_SIZES.find((candidate) => String(candidate) === size);
  return fileContext({ accountId, avatarId }, known as AvatarSize);
}
