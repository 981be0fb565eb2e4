import { AppError } from '../../src/platform/app-error.ts';

/** The expected failure of `work`. @throws Error when it succeeds or fails in another way. */
export async function failureOf(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}
