import { isAppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { SqlStatement } from '../platform/postgres/sql.ts';
import { currentRequest } from '../platform/request-context.ts';

/** Something that a request uses up. */
export interface SingleUse {
  /** Records the use in `tx`; throws when another request recorded it before. */
  readonly record: (tx: Database) => Promise<void>;
  /**
   * The same as a part of another statement: an insert that returns one row when it recorded the use, and none when another
   * request recorded it before or `condition` does not hold. Absent: the use needs statements of its own.
   */
  readonly insertion?: (condition: SqlStatement) => SqlStatement;
  /** Removes the rest after the commit. When it fails in an outage, the rest expires by itself. */
  readonly clear?: () => Promise<void>;
}

/**
 * Demands that the next save of a session in this request records a use in the same commit: a request that an outage ends
 * has used nothing up. The save fails when the use was recorded before.
 * @returns false outside of requests: then it is not recorded.
 */
export function announceSingleUse(use: SingleUse): boolean {
  const memo = currentRequest()?.memo;
  memo?.set(SINGLE_USES, [...pendingUses(), use]);
  return memo !== undefined;
}

/** The uses that {@link announceSingleUse} was given, once. */
export function takeSingleUses(): readonly SingleUse[] {
  const uses = pendingUses();
  currentRequest()?.memo.delete(SINGLE_USES);
  return uses;
}

/** After the commit that recorded them. */
export async function clearUses(uses: readonly SingleUse[]): Promise<void> {
  for (const { clear } of uses) {
    await clear?.().catch((error: unknown) => {
      if (!isAppError(error) || error.kind !== 'unavailable') throw error;
    });
  }
}

/**
 * For the end of a request that saved no session, such as a cancelled sign-in: removes the stored parts of announced uses. A
 * repeat of such a request changes nothing, so no use is recorded.
 */
export async function clearUnsavedUses(): Promise<void> {
  await clearUses(takeSingleUses());
}

const SINGLE_USES = 'single uses';

function pendingUses(): readonly SingleUse[] {
  return (currentRequest()?.memo.get(SINGLE_USES) as readonly SingleUse[] | undefined) ?? [];
}
