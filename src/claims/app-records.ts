import { AppError } from '../platform/app-error.ts';
import { type RecordAccess, RECORDS_PREFIX } from '../scopes/index.ts';
import type { Expected, JsonValue, RecordEntry } from '../vault/index.ts';
import type { ClaimsContext } from './context.ts';
import { scopesNow, type TokenReader } from './record-token-read.ts';
import { checkNow, stillAllowed } from './still-allowed.ts';

interface ListAppRecordsInput {
  readonly caller: TokenReader;
  readonly namespace: string;
  readonly after?: string | undefined;
  readonly limit: number;
}

interface AppRecordInput {
  readonly caller: TokenReader;
  readonly namespace: string;
  readonly key: string;
}

interface ChangeAppRecordInput extends AppRecordInput {
  readonly expected: Expected;
}

interface PutAppRecordInput extends ChangeAppRecordInput {
  readonly value: JsonValue;
}

/**
 * The records of a person for apps: in namespaces that the person allowed this app, as long as the consent holds. A
 * read is recorded in the ledger first, as `records:<namespace>`.
 */
export function createAppRecords(ctx: ClaimsContext) {
  const { records } = ctx.vault;
  return {
    /** @throws AppError `namespace_not_allowed`, `ledger_unavailable`. */
    async list({ caller, namespace, after, limit }: ListAppRecordsInput): Promise<RecordEntry[]> {
      return readOnRecord(ctx, { caller, namespace }, async () => {
        const { accountId } = caller;
        const found = await records.list({ accountId, namespace, after, limit });
        return { found, isRelease: found.length > 0 };
      });
    },

    /** @throws AppError `namespace_not_allowed`, `record_not_found`, `ledger_unavailable`. */
    async read({ caller, namespace, key }: AppRecordInput): Promise<RecordEntry> {
      return readOnRecord(ctx, { caller, namespace }, async () => {
        const found = await records.find({ accountId: caller.accountId, namespace, key });
        if (found === null) throw new AppError('not_found', 'record_not_found');
        return { found, isRelease: true };
      });
    },

    /** @throws AppError `namespace_not_allowed`, and as `Records.put`. */
    async put({ caller, namespace, ...change }: PutAppRecordInput): Promise<RecordEntry> {
      const { confirm } = await allow(ctx, caller, { namespace, access: 'write' });
      const { accountId, clientId } = caller;
      return records.put({ accountId, namespace, changedBy: clientId, ...change, confirm });
    },

    /** @throws AppError `namespace_not_allowed`, `record_not_found`, `record_changed`. */
    async remove({ caller, namespace, ...change }: ChangeAppRecordInput): Promise<void> {
      const { confirm } = await allow(ctx, caller, { namespace, access: 'write' });
      await records.remove({ accountId: caller.accountId, namespace, ...change, confirm });
    },
  };
}

export type AppRecords = ReturnType<typeof createAppRecords>;

/**
 * Checks every condition at once: the grant is valid, the consent is in force and allows a permission that opens this namespace, the
 * app may still request it, and the token has its scope. The answer does not reveal which one is missing.
 */
async function requireAllowed(
  ctx: ClaimsContext,
  caller: TokenReader,
  wanted: RecordAccess,
): Promise<void> {
  const [allowed, catalogue] = await Promise.all([scopesNow(ctx, caller), ctx.scopes.catalogue()]);
  const isOpen = catalogue.apiScopes.some(
    ({ name, records }) =>
      records?.namespace === wanted.namespace &&
      (wanted.access === 'read' || records.access === 'write') &&
      caller.scopes.has(name) &&
      allowed?.has(name) === true,
  );
  if (!isOpen) throw refusal();
}

interface RecordRead<T> {
  readonly found: T;
  /** False: there is nothing to record. */
  readonly isRelease: boolean;
}

/** A read that waited for the ledger is repeated: the record can be deleted, or the access ended, meanwhile. */
async function readOnRecord<T>(
  ctx: ClaimsContext,
  { caller, namespace }: Pick<AppRecordInput, 'caller' | 'namespace'>,
  read: () => Promise<RecordRead<T>>,
): Promise<T> {
  const { accountId, clientId, grantId } = caller;
  const check = async () => {
    await requireAllowed(ctx, caller, { namespace, access: 'read' });
    return read();
  };
  const first = { since: performance.now(), value: await check() };
  if (!first.value.isRelease) return first.value.found;
  const claims = [`${RECORDS_PREFIX}${namespace}`];
  await ctx.ledger.append({ accountId, clientId, grantId, channel: 'account_api', claims });
  const current = await stillAllowed(first, check);
  if (current === null) throw refusal();
  return current.found;
}

/** Checks now; `confirm` checks again if that was long ago. @throws AppError `namespace_not_allowed`, both. */
async function allow(ctx: ClaimsContext, caller: TokenReader, wanted: RecordAccess) {
  const check = async () => {
    await requireAllowed(ctx, caller, wanted);
    return true;
  };
  const checked = await checkNow(check);
  return {
    confirm: async (): Promise<void> => {
      if (checked !== null) await stillAllowed(checked, check);
    },
  };
}

function refusal(): AppError {
  return new AppError('forbidden', 'namespace_not_allowed');
}
