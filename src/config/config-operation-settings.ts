import { parseContact, parseHttpUrl } from './config-addresses.ts';
import { flag, integer, integerOr, optional, parseLongText, secret } from './config-values.ts';

/** Background jobs, and logs and measures for operators. Part of `SETTINGS`. */
export const OPERATION_SETTINGS = {
  RUN_JOBS: flag(true, {
    group: 'Server',
    description:
      'Whether this server also does the background jobs (mails, purges, exports). With `false`, run `consentry jobs` beside it.',
  }),
  DRAIN_SECONDS: integerOr(
    { min: 0, max: 600 },
    {
      fallbackText: '10 in production, else 0',
      group: 'Server',
      description:
        'How long a server that received SIGTERM goes on serving while `/health/ready` answers 503, so that the proxy sends requests elsewhere first. At least 5 behind `deploy/nginx`. The orchestrator has to wait 30 s longer before it kills the process.',
    },
  ),
  MOST_REQUESTS_IN_FLIGHT: integer(
    { fallback: 100, min: 10, max: 100_000 },
    {
      group: 'Limits',
      description:
        'Requests that this server answers at a time. Further ones get 503 with `Retry-After` at once, which the measure `consentry_requests_refused_total` counts.',
    },
  ),
  SIGNING_KEY_DAYS: integer(
    { fallback: 90, min: 0, max: 3650 },
    {
      group: 'Secrets',
      description:
        'Days until a signing key gets a successor. The successor is published for an hour before it signs, and the old key goes on verifying. 0: only by `consentry keys signing rotate`.',
    },
  ),
  METRICS_TOKEN: secret(
    optional('text', parseLongText, {
      fallbackText: 'none: `/metrics` is open in development and absent in production',
      group: 'Server',
      description:
        'What a monitoring system sends to `/metrics` as `Authorization: Bearer`: at least 32 characters.',
    }),
  ),
  SECURITY_CONTACT: optional('`mailto:` or `https:` URL', parseContact, {
    fallbackText: 'none: there is no `/.well-known/security.txt`',
    group: 'Server',
    description:
      'Where vulnerabilities of this installation are reported (RFC 9116), for example `mailto:security@example.org`.',
  }),
  SECURITY_POLICY: optional('URL', parseHttpUrl, {
    fallbackText: 'none',
    group: 'Server',
    description: 'Page that describes how such reports are handled. Shown in `security.txt`.',
  }),
  MEASURE_REVOCATION: flag(true, {
    group: 'Server',
    description:
      'Whether a probe measures every five minutes how long a withdrawal takes on all nodes. The result is shown to people, in discovery and in `/metrics`.',
  }),
} as const;
