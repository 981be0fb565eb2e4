import type { ClaimsContext } from './context.ts';
import { composeClaims } from './compose-claims.ts';
import { selectValues, type ReleaseRequest } from './select-values.ts';

type PreviewInput = ReleaseRequest;

/**
 * The values that the app would receive now, decided by the same code as a release. Nothing is released, so nothing is recorded
 * and nothing is used up. Shown to the person only.
 */
export async function previewRelease(
  ctx: ClaimsContext,
  input: PreviewInput,
): Promise<Record<string, unknown>> {
  const selection = await selectValues(ctx, input);
  return selection === null ? {} : composeClaims(selection.values, selection.requested);
}
