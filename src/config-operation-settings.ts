import { flag, optional, parseLongText, secret } from './config-values.ts';

/** What runs beside the requests, and what operators read. Part of `SETTINGS`. */
export const OPERATION_SETTINGS = {
  RUN_JOBS: flag(true, {
    group: 'Server',
    description:
      'Whether this server also does the background jobs (mails, purges, exports). With `false`, run `consentry jobs` beside it.',
  }),
  METRICS_TOKEN: secret(
    optional('text', parseLongText, {
      fallbackText: 'none: `/metrics` is open in development and absent in production',
      group: 'Server',
      description: 'What a monitoring system sends to `/metrics` as `Authorization: Bearer`.',
    }),
  ),
  MEASURE_REVOCATION: flag(true, {
    group: 'Server',
    description:
      'Whether a probe measures every five minutes how long a withdrawal takes on all nodes. The result is shown to people, in discovery and in `/metrics`.',
  }),
} as const;
