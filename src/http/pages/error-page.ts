import { page } from './page.ts';

export interface ErrorModel {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** One English sentence, in development only. */
  readonly detail: string | null;
}

/** The page after a failure: the fault, the remedy, and a number to quote. */
export const errorPage = page<ErrorModel>('common/error.njk', {
  status: 503,
  code: 'database_unavailable',
  requestId: '5f0c7a3e-6d0b-4d6f-9a55-3b0f0f5a9a11',
  detail: 'connect ECONNREFUSED 127.0.0.1:5432',
});
