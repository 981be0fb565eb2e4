import { AppError } from '../platform/app-error.ts';

/** How old the last proof of identity may be for a change of how one signs in. */
export const FRESH_SECONDS = 600;

/** @throws AppError `fresh_sign_in_required` unless the person has proven who they are in the last ten minutes. */
export function requireFresh(now: Date, authenticatedAt: Date | null): void {
  const provenAt = authenticatedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  if (now.getTime() - provenAt <= FRESH_SECONDS * 1000) return;
  throw new AppError('forbidden', 'fresh_sign_in_required', {
    detail: `Sign in again; the last proof must not be older than ${String(FRESH_SECONDS)} seconds.`,
  });
}
