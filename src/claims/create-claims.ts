import { type AppRecords, createAppRecords } from './app-records.ts';
import type { ClaimsDeps } from './claims-deps.ts';
import { previewRelease, type PreviewInput } from './preview-release.ts';
import { readPicture, type ReadPictureInput } from './read-picture.ts';
import { releaseClaims, type ReleaseInput } from './release-claims.ts';

export type { ClaimsDeps } from './claims-deps.ts';

/** Use cases of this slice. */
export interface Claims {
  /** See {@link releaseClaims}: the only way out. */
  releaseClaims(input: ReleaseInput): Promise<Record<string, unknown>>;
  /** See {@link previewRelease}. */
  previewRelease(input: PreviewInput): Promise<Record<string, unknown>>;
  /** The records that apps keep with people. */
  readonly records: AppRecords;
  /** See {@link readPicture}. */
  readPicture(input: ReadPictureInput): Promise<Buffer | null>;
  /**
   * Writes down, before it happens, that an app reads values with a token that carries `account:read`: the person let it
   * see the whole account, and still sees each read.
   * @throws AppError `ledger_unavailable`: then nothing may be answered.
   */
  recordTokenRead(read: TokenRead): Promise<void>;
}

/** Reads of a person's own values by a token of that person. */
export interface TokenRead {
  readonly accountId: string;
  /** The app that holds the token. */
  readonly clientId: string;
  readonly claims: readonly string[];
}

/** Binds the use cases of this slice. */
export function createClaims(deps: ClaimsDeps): Claims {
  return Object.freeze({
    releaseClaims: (input: ReleaseInput) => releaseClaims(deps, input),
    previewRelease: (input: PreviewInput) => previewRelease(deps, input),
    records: createAppRecords(deps),
    readPicture: (input: ReadPictureInput) => readPicture(deps, input),
    recordTokenRead: async ({ accountId, clientId, claims }: TokenRead) => {
      if (claims.length === 0) return;
      await deps.ledger.append({
        accountId,
        clientId,
        grantId: null,
        channel: 'account_api',
        claims: [...new Set(claims)],
      });
    },
  });
}
