import type { ClaimsDeps } from './claims-deps.ts';
import { previewRelease, type PreviewInput } from './preview-release.ts';
import { releaseClaims, type ReleaseInput } from './release-claims.ts';

export type { ClaimsDeps } from './claims-deps.ts';

/** Use cases of this slice. */
export interface Claims {
  /** See {@link releaseClaims}: the only way out. */
  releaseClaims(input: ReleaseInput): Promise<Record<string, unknown>>;
  /** See {@link previewRelease}. */
  previewRelease(input: PreviewInput): Promise<Record<string, unknown>>;
}

/** Binds the use cases of this slice. */
export function createClaims(deps: ClaimsDeps): Claims {
  return Object.freeze({
    releaseClaims: (input: ReleaseInput) => releaseClaims(deps, input),
    previewRelease: (input: PreviewInput) => previewRelease(deps, input),
  });
}
