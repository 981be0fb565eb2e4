import { compareWithModel, STEPS_PER_RUN } from '../model/compare-with-model.ts';
import type { StorageMode } from '../support/servers/installation.ts';

/** Number of steps at one node, and again at two nodes. Change it with MODEL_STEPS, and the sequence with MODEL_SEED=random. */
const STEPS = Number(process.env['MODEL_STEPS'] ?? 1_000_000);

/** The comparison of `test/model` for {@link STEPS} steps, without a time limit and with its progress printed. */
export function compareLong(mode: StorageMode): void {
  const runs = Math.ceil(STEPS / STEPS_PER_RUN);
  compareWithModel(mode, { runs, runsOnTwoNodes: runs, timeoutMs: 0, hasProgress: true });
}
