import { isAppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { SqlStatement } from '../platform/postgres/sql.ts';
import { currentRequest } from '../platform/request-context.ts';

/** An artifact that a request uses up. */
export interface SingleUse {
  /** Records the use in `tx`; throws when another request recorded it before. */
  readonly record: (tx: Database) => Promise<void>;
  /**
   * The same as a part of another statement: an insert that returns one row when it recorded the use, and none when another
   * request recorded it before or `condition` does not hold. Absent: the use needs statements of its own.
   */
  readonly insertion?: (condition: SqlStatement) => SqlStatement;
  /** Removes the stored artifact after the commit. If this fails in an outage, the artifact expires. */
  readonly clear?: () => Promise<void>;
}

/**
 * Makes the next save of a session in this request record a use in the same commit, so that a request that fails in an
 * outage uses nothing up. The save fails when the use was recorded before.
 * @returns false outside of requests: then it is not recorded.
 */
export function announceSingleUse(use: SingleUse): boolean {
  const memo = currentRequest()?.memo;
  memo?.set(SINGLE_USES, [...pendingUses(), use]);
  return memo !== undefined;
}

/** Returns the uses of {@link announceSingleUse}, and forgets them. */
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
 * Removes the artifacts of announced uses at the end of a request that saved no session, such as a cancelled sign-in.
 * Repeating such a request changes nothing, so no use is recorded.
 */
export async function clearUnsavedUses(): Promise<void> {
  await clearUses(takeSingleUses());
}

const SINGLE_USES = 'single uses';

function pendingUses(): readonly SingleUse[] {
  return (currentRequest()?.memo.get(SINGLE_USES) as readonly SingleUse[] | undefined) ?? [];
}
