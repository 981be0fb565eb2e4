import { page } from './page.ts';

interface ErrorModel {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** One English sentence, in development only. */
  readonly detail: string | null;
}

/** The page after a failure: the fault, the remedy, and a number to quote. */
export const errorPage = page<ErrorModel>('common/error.njk');
