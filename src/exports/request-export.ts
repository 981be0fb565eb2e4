import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import type { ExportsContext } from './context.ts';
import { EXPORT_JOB, type AccountExport } from './export.ts';
import { createExportStore } from './export-store.ts';

const ATTEMPTS = 3;

/**
 * Starts a background job that makes an export. Earlier exports are removed: a person has one at a time. `locale` is the
 * language of the readable page and the mail.
 * @throws AppError `export_running` while one is being made.
 */
export async function requestExport(
  ctx: ExportsContext,
  { accountId, locale }: { readonly accountId: string; readonly locale: string },
): Promise<AccountExport> {
  return ctx.db.transaction(async (tx) => {
    const store = createExportStore(tx);
    const id = randomUUID();
    const requestedAt = ctx.clock.now();
    const stepsTotal = ctx.sections.length + ctx.parts.length;
    const made = await store.insert({ id, accountId, locale, stepsTotal, requestedAt });
    if (made === null) throw new AppError('conflict', 'export_running');
    await store.removeFinished(accountId);
    await ctx.jobs.enqueue(tx, {
      name: EXPORT_JOB,
      data: { exportId: id },
      key: id,
      maxAttempts: ATTEMPTS,
    });
    await ctx.audit.record(tx, { kind: 'export.requested', accountId, details: { exportId: id } });
    return made;
  });
}
