import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { EXPORT_JOB, type AccountExport } from './export.ts';
import { createExportStore } from './export-store.ts';
import type { ExportsDeps } from './exports-deps.ts';

export interface RequestExportInput {
  readonly accountId: string;
  /** Of the readable page and the mail. */
  readonly locale: string;
}

/** Each section is written twice: for programs and for people. */
const DOCUMENTS = 2;
const ATTEMPTS = 3;

/**
 * Has an export made in the background. Earlier exports are removed: a person has one at a time.
 * @throws AppError `export_running` while one is being made.
 */
export async function requestExport(
  deps: ExportsDeps,
  { accountId, locale }: RequestExportInput,
): Promise<AccountExport> {
  return deps.db.transaction(async (tx) => {
    const store = createExportStore(tx);
    const id = randomUUID();
    const requestedAt = deps.clock.now();
    const stepsTotal = deps.sections.length * DOCUMENTS;
    const isNew = await store.insert({ id, accountId, locale, stepsTotal, requestedAt });
    if (!isNew) throw new AppError('conflict', 'export_running');
    await store.removeFinished(accountId);
    await deps.jobs.enqueue(tx, {
      name: EXPORT_JOB,
      data: { exportId: id },
      key: id,
      maxAttempts: ATTEMPTS,
    });
    await deps.audit.record(tx, { kind: 'export.requested', accountId, details: { exportId: id } });
    const made = await store.find({ id, accountId });
    if (made === null) throw new Error('an export is not there after it was inserted');
    return made;
  });
}
