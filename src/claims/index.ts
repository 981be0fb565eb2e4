/** claims: the only slice that releases a person's values to apps. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { createAppRecords } from './app-records.ts';
import type { ClaimsContext } from './context.ts';
import { previewRelease } from './preview-release.ts';
import { readPicture } from './read-picture.ts';
import { recordTokenRead } from './record-token-read.ts';
import { releaseClaims, releaseRepeatableClaims } from './release-claims.ts';

export type { ClaimsContext } from './context.ts';

/** Connects the use cases to their dependencies. */
export function createClaims(ctx: ClaimsContext) {
  return {
    ...bindUseCases(ctx, {
      releaseClaims,
      releaseRepeatableClaims,
      previewRelease,
      readPicture,
      recordTokenRead,
    }),
    records: createAppRecords(ctx),
  };
}

export type Claims = ReturnType<typeof createClaims>;
