import type { ClaimsDeps } from './claims-deps.ts';
import { composeClaims } from './compose-claims.ts';
import { selectValues, type ReleaseRequest } from './select-values.ts';

export type PreviewInput = ReleaseRequest;

/**
 * What the app would be handed now, decided by the same code as a release. Nothing leaves, so nothing is written down
 * and nothing is spent: for the person's own eyes.
 */
export async function previewRelease(
  deps: ClaimsDeps,
  input: PreviewInput,
): Promise<Record<string, unknown>> {
  const selection = await selectValues(deps, input);
  return selection === null ? {} : composeClaims(selection.values, selection.asked);
}
