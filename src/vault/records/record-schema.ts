import { Type } from 'typebox';

import { HttpError } from '../../http/http-error.ts';
import { readListPage } from '../../http/routing/list-page.ts';
import { Nullable } from '../../http/routing/nullable.ts';
import { MomentOutput } from '../../http/routing/time-inputs.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import { type Expected, type JsonValue, RECORD_KEY, type RecordEntry } from './record.ts';

/** Path of a namespace of records. */
export const NamespaceParam = Type.String({ pattern: '^[a-z][a-z0-9-]{1,63}$' });

/** Path of one record. */
export const RecordParams = Type.Object({
  namespace: NamespaceParam,
  key: Type.String({ pattern: RECORD_KEY.source }),
});

/** Path of a namespace. */
export const NamespaceParams = Type.Object({ namespace: NamespaceParam });

/** The part of a list. */
export const RecordPageQuery = Type.Object({
  after: Type.Optional(
    Type.String({ pattern: '^[0-9a-f]{64}$', description: '`next` of the previous page.' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
});

/** The body of a write. */
export const RecordBody = Type.Object({
  value: Type.Unknown({
    $comment: 'Bounded by RECORD_LIMITS.',
    description: 'Any JSON of at most 16 KB and 20 levels.',
  }),
});

export const RecordView = Type.Object(
  {
    key: Type.String(),
    value: Type.Unknown(),
    version: Type.String({ description: 'The same as the ETag.' }),
    changedBy: Nullable(Type.String(), {
      description: 'The app that wrote it last; null: the person.',
    }),
    createdAt: MomentOutput,
    updatedAt: MomentOutput,
  },
  { title: 'Record' },
);

export const RecordPage = Type.Object({
  records: Type.Array(RecordView),
  next: Nullable(Type.String(), {
    description: 'The value of `after` for the next page.',
  }),
});

/** Reads a page of records. @param limit records of a page; default 50. */
export async function readRecordPage(
  limit: number | undefined,
  read: (limit: number) => Promise<readonly RecordEntry[]>,
) {
  const { page: records, next } = await readListPage(limit, read, ({ id }) => id);
  return { records, next };
}

/** The same record, with its version as ETag. */
export function withEtag(
  ctx: { set(header: string, value: string): void },
  record: RecordEntry,
): RecordEntry {
  ctx.set('ETag', `"${record.version}"`);
  return record;
}

/** Any JSON value as a body. */
export function jsonOf(value: unknown): JsonValue {
  return value as JsonValue;
}

/**
 * The state that the caller expects to change (RFC 9110 §13.1.1, §13.1.2).
 * @throws AppError `precondition_invalid` for a header that cannot be parsed: ignoring it could overwrite another caller's change.
 */
export function expectedOf(ctx: { get(header: string): string }): Expected {
  const match = ctx.get('if-match').trim();
  const noneMatch = ctx.get('if-none-match').trim();
  if (match === '' && noneMatch === '') return { kind: 'anything' };
  if (match === '' && noneMatch === '*') return { kind: 'absent' };
  if (noneMatch === '' && match === '*') return { kind: 'present' };
  const version = /^"([\w-]{1,64})"$/.exec(match)?.[1];
  if (noneMatch !== '' || version === undefined) {
    throw new AppError('invalid', 'precondition_invalid');
  }
  return { kind: 'version', version };
}

/** A change whose precondition failed is answered with 412. */
export async function orPreconditionFailed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isAppError(error, 'record_changed')) throw new HttpError(412, 'record_changed');
    throw error;
  }
}
