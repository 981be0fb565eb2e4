import { type Static, Type } from 'typebox';

import { checkPlaceDatabase } from '../platform/places/places.ts';
import {
  parseContact,
  parseHostAndPort,
  parseHttpUrl,
  parseIssuer,
  parseNetwork,
} from './parse-address.ts';
import { parseLongText } from './parse-secret.ts';
import { listOf, parsed, wholeNumber } from './setting.ts';

export const SERVER = Type.Object({
  NODE_ENV: Type.Enum(['development', 'production', 'test'], {
    default: 'development',
    description:
      'In `production` nothing has an unsafe default: secrets, databases, the mail server and an https issuer are required.',
  }),
  ISSUER: Type.Optional(
    parsed(parseIssuer, {
      form: 'URL',
      defaultText: 'http://localhost:PORT',
      isRequiredInProduction: true,
      description:
        'Public address of this server: issuer of all tokens, base of all links. https; http only on localhost.',
    }),
  ),
  JURISDICTION: Type.String({
    default: 'not stated',
    description:
      'Jurisdiction in consent receipts: an ISO 3166 code such as `DE` or `US-CA`, or free text.',
  }),
  HOST: Type.Optional(
    Type.String({
      form: 'address',
      defaultText: '127.0.0.1; 0.0.0.0 in production',
      description: 'Network address to listen on.',
    }),
  ),
  PORT: wholeNumber([3000, 0, 65_535], 'Port to listen on. 0 selects a free port.'),
  TRUSTED_PROXIES: listOf(parseNetwork, {
    description:
      'Addresses and networks (CIDR) of reverse proxies. `X-Forwarded-*` headers are used only when they come from one of these.',
  }),
  INTERNAL_APP_HOSTS: listOf(parseHostAndPort, {
    form: '`host` or `host:port`',
    description:
      'Hosts inside your network to which the server may send sign-out notices, over https: `host` for port 443, or `host:port`. All others must have public addresses and port 443.',
  }),
  LOG_LEVEL: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    description: 'Minimum log level. Logs are JSON on standard output.',
  }),
  ACCESS_LOG: Type.Boolean({
    default: false,
    description:
      'Log every request. When off, failures and changes are logged, other requests only at level `debug`, and a repeated warning is logged once per ten seconds with its count.',
  }),
  RUN_JOBS: Type.Boolean({
    default: true,
    description:
      'Run the background jobs (mails, purges, exports) in this server. When `false`, run `consentry jobs` as a separate process.',
  }),
  FAST_PATH: Type.Boolean({
    default: true,
    description:
      'Answer plain requests for UserInfo, introspection, revocation, tokens, and codes of signed-in people before the protocol library. The answers are the same.',
  }),
  DRAIN_SECONDS: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 600,
      defaultText: '10 in production, else 0',
      description:
        'After SIGTERM, time during which the server still answers requests while `/health/ready` returns 503, so that the proxy selects other servers. At least 5 behind `deploy/nginx`. The orchestrator must wait 30 s longer before it kills the process.',
    }),
  ),
  GEO_DATABASE: Type.Optional(
    parsed(checkPlaceDatabase, {
      form: 'file',
      defaultText: 'none: no places are shown',
      description:
        'Database of the places of network addresses in the format MMDB, of countries or cities, such as GeoLite2, DB-IP Lite or ip-location-db. People see the place of each sign-in; nothing is sent elsewhere. It is kept in memory. When the file is replaced, the server reads the new one within a minute of its next use.',
    }),
  ),
  METRICS_TOKEN: Type.Optional(
    parsed(parseLongText, {
      isSecret: true,
      defaultText: 'none: `/metrics` is open in development and absent in production',
      description:
        'Bearer token for `/metrics`, at least 32 characters. The monitoring system sends it as `Authorization: Bearer`.',
    }),
  ),
  SECURITY_CONTACT: Type.Optional(
    parsed(parseContact, {
      form: '`mailto:` or `https:` URL',
      defaultText: 'none: there is no `/.well-known/security.txt`',
      description:
        'Contact for reports of vulnerabilities (RFC 9116), for example `mailto:security@example.org`.',
    }),
  ),
  SECURITY_POLICY: Type.Optional(
    parsed(parseHttpUrl, {
      form: 'URL',
      description: 'Page that describes how such reports are handled, for `security.txt`.',
    }),
  ),
  MEASURE_REVOCATION: Type.Boolean({
    default: true,
    description:
      'Measure every five minutes how long a withdrawal takes to reach all nodes. Account pages, discovery and `/metrics` show the result.',
  }),
});

export const LIMITS = Type.Object({
  SESSIONS_PER_ACCOUNT: wholeNumber(
    [4, 1, 1000],
    'Maximum signed-in browsers per account. A further sign-in ends the oldest session.',
  ),
  MINIMUM_AGE_YEARS: wholeNumber(
    [0, 0, 120],
    'Minimum age for a date of birth. A year alone counts as its last day; a date without a year is refused. 0 allows every age.',
  ),
  RATE_LIMITS: Type.Boolean({
    default: true,
    description: 'Limit requests per address and account. Must be on in production.',
  }),
  RATE_LIMIT_MULTIPLIER: wholeNumber([1, 1, 100_000], 'Factor for every rate limit.'),
  FAILED_SIGN_INS_PER_NETWORK: wholeNumber(
    [30, 5, 1_000_000],
    'Wrong passwords a minute from browsers of one network (an IPv4 /24 or an IPv6 /48) in which the account has not been signed in to, over all accounts. Then such browsers of that network sign in with a code until the minute ends. Keep it below `FAILED_SIGN_INS`.',
  ),
  FAILED_SIGN_INS: wholeNumber(
    [100, 10, 1_000_000],
    'The same for all networks together. Attempts in progress count as failed until they end. Set it well above the usual number of wrong passwords a minute, which the event `sign_in.failed` of the audit record shows.',
  ),
  MOST_REQUESTS_IN_FLIGHT: wholeNumber(
    [100, 10, 100_000],
    'Maximum requests in progress in this server, of each of two kinds: requests of programs at the protocol endpoints, and all others. Further requests wait.',
  ),
  MOST_REQUESTS_WAITING: wholeNumber(
    [1000, 0, 100_000],
    'Maximum waiting requests of each kind. Further requests, and those that have waited 1.5 s, get 503 with `Retry-After`; the metric `consentry_requests_refused_total` counts them.',
  ),
});

export const PAGES = Type.Object({
  API_DOCS_PAGE: Type.Boolean({ default: true, description: 'Serve `/docs` and `/openapi.json`.' }),
  TEXTS_FOLDER: Type.Optional(
    Type.String({
      form: 'folder',
      description:
        'Folder with further languages and replaced texts: `<slice>/<language>.json`, like the files of `views/`. See [languages](languages.md).',
    }),
  ),
  OUTBOX_PAGE: Type.Optional(
    Type.Boolean({
      defaultText: 'on in development without SMTP_URL or SMS_URL',
      description:
        'Serve `/outbox`, which shows the mails and text messages that were not sent. Must be off in production.',
    }),
  ),
});

/** With the longest answer (5 s) it is within the time-out of the proxy (`deploy/nginx`). */
const REQUEST_WAIT_MS = 1_500;

type ServerValues = Static<typeof SERVER> & Static<typeof LIMITS>;

/** The part of the configuration about the process, its log and its limits. */
export function serverConfig(values: ServerValues) {
  const isProduction = values.NODE_ENV === 'production';
  return {
    mode: values.NODE_ENV,
    /** The public origin, without a slash at the end. */
    issuer: values.ISSUER ?? `http://localhost:${String(values.PORT)}`,
    jurisdiction: values.JURISDICTION,
    host: values.HOST ?? (isProduction ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    trustedProxies: values.TRUSTED_PROXIES,
    outbound: { allowsLoopback: !isProduction, internalHosts: values.INTERNAL_APP_HOSTS },
    logLevel: values.LOG_LEVEL,
    hasAccessLog: values.ACCESS_LOG,
    /** False: `consentry jobs` runs the background jobs in another process. */
    runsJobs: values.RUN_JOBS,
    hasFastPath: values.FAST_PATH,
    drainSeconds: values.DRAIN_SECONDS ?? (isProduction ? 10 : 0),
    metrics: {
      isServed: values.METRICS_TOKEN !== undefined || !isProduction,
      token: values.METRICS_TOKEN ?? null,
    },
    /** Contents of `/.well-known/security.txt`; without a contact it does not exist. */
    securityTxt: {
      contact: values.SECURITY_CONTACT ?? null,
      policy: values.SECURITY_POLICY ?? null,
    },
    measuresRevocation: values.MEASURE_REVOCATION,
    sessionLimit: values.SESSIONS_PER_ACCOUNT,
    /** Null: places are not shown. */
    geoDatabase: values.GEO_DATABASE ?? null,
    /** 0: every age. */
    minimumAgeYears: values.MINIMUM_AGE_YEARS,
    rateLimits: { isOn: values.RATE_LIMITS, multiplier: values.RATE_LIMIT_MULTIPLIER },
    /** Wrong passwords a minute from unknown browsers, over all accounts. */
    failedSignIns: {
      perNetwork: values.FAILED_SIGN_INS_PER_NETWORK,
      overall: values.FAILED_SIGN_INS,
    },
    /** Of each of the two kinds of requests. */
    requestLimits: {
      inFlight: values.MOST_REQUESTS_IN_FLIGHT,
      waiting: values.MOST_REQUESTS_WAITING,
      waitMs: REQUEST_WAIT_MS,
    },
  };
}
