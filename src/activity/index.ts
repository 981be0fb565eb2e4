/** activity: the history of an account: decisions, security events, and the reads by apps, counted or as a file. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import type { ActivityContext } from './context.ts';
import { exportAccess, listAccess } from './access-events.ts';
import { exportReleases } from './export-releases.ts';
import { readHistory } from './history.ts';
import { readsPerDay, summariseReads } from './summarise-reads.ts';

export { foldEvents, type FoldedEvents } from './fold-events.ts';
export { createTouchedValueFinder, createValueFinder, lastChanges } from './shared-values.ts';

/** Connects the use cases to their dependencies. */
export function createActivity(ctx: ActivityContext) {
  return bindUseCases(ctx, {
    history: readHistory,
    summariseReads,
    readsPerDay,
    exportReleases,
    listAccess,
    exportAccess,
  });
}

export type Activity = ReturnType<typeof createActivity>;
