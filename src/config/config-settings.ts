import {
  parseDatabaseUrl,
  parseIssuer,
  parseProxy,
  parseRedisUrl,
  parseSmtpUrl,
} from './config-addresses.ts';
import {
  choice,
  flag,
  integer,
  list,
  optional,
  parseFlag,
  parseText,
  secret,
  text,
  type Setting,
} from './config-values.ts';
import { BLOB_SETTINGS } from './config-blob-settings.ts';
import { OPERATION_SETTINGS } from './config-operation-settings.ts';
import { SECRET_SETTINGS } from './config-secret-settings.ts';
import { SMS_SETTINGS } from './config-sms-settings.ts';

const DAY = 86_400;
/** Every setting the server knows. The only list: parsing, `consentry doctor` and docs/configuration.md use it. */
export const SETTINGS = {
  NODE_ENV: choice(['development', 'production', 'test'], 'development', {
    group: 'Server',
    description:
      'In `production` nothing has a default that would be unsafe: secrets, database, mail server and an https issuer must be given.',
  }),
  ISSUER: optional('URL', parseIssuer, {
    fallbackText: 'http://localhost:PORT',
    group: 'Server',
    description:
      'The public address of this server: issuer of all tokens, base of all links. https, or http on this machine.',
  }),
  JURISDICTION: text('not stated', {
    group: 'Server',
    description:
      'The law that holds here, as consent receipts name it: an ISO 3166 code such as `DE` or `US-CA`, or free text.',
  }),
  HOST: optional('address', parseText, {
    fallbackText: '127.0.0.1; 0.0.0.0 in production',
    group: 'Server',
    description: 'The network address to listen on.',
  }),
  PORT: integer(
    { fallback: 3000, min: 0, max: 65_535 },
    { group: 'Server', description: 'The port to listen on. 0 takes any free one.' },
  ),
  TRUSTED_PROXIES: list(parseProxy, {
    group: 'Server',
    description:
      'Addresses or networks (CIDR) of proxies whose `X-Forwarded-*` headers count. From anyone else they change nothing.',
  }),
  LOG_LEVEL: choice(['debug', 'info', 'warn', 'error', 'silent'], 'info', {
    group: 'Server',
    description: 'The least important log lines to write. Logs are JSON on standard output.',
  }),
  ACCESS_LOG: flag(false, {
    group: 'Server',
    description:
      'Whether every request is a line of the log. Off: failures and changes are, other requests only at level `debug`, and a warning that repeats is one line every ten seconds with its count.',
  }),
  DATABASE_URL: secret(
    optional('URL', parseDatabaseUrl, {
      fallbackText: 'an embedded PostgreSQL in `.data/`; required in production',
      group: 'Storage',
      description:
        'A PostgreSQL 15 or later: `postgres://user:password@host:5432/database`. Several servers of one database, as `...@one:5432,two:5432/database`: the one that accepts writes is used, also after a fail-over.',
    }),
  ),
  DATABASE_DIRECT_URL: secret(
    optional('URL', parseDatabaseUrl, {
      fallbackText: 'DATABASE_URL',
      group: 'Storage',
      description:
        'The same database past the pooler. Required where DATABASE_URL leads to a pooler in transaction mode: changes reach a node, jobs are woken and migrations are locked through connections that have to last.',
    }),
  ),
  DATABASE_POOL_SIZE: integer(
    { fallback: 10, min: 2, max: 200 },
    { group: 'Storage', description: 'Most connections this process opens to PostgreSQL.' },
  ),
  DATABASE_WAIT_SECONDS: integer(
    { fallback: 60, min: 0, max: 3600 },
    {
      group: 'Storage',
      description: 'How long a start waits for a database that does not answer before it gives up.',
    },
  ),
  REDIS_URL: secret(
    optional('URL', parseRedisUrl, {
      fallbackText: 'none: everything is kept in PostgreSQL',
      group: 'Storage',
      description:
        'A Redis 7 or later for sessions, codes and opaque tokens: `redis://host:6379`, `redis+sentinel://:password@one:26379,two:26379/name-of-the-master` or `redis+cluster://one:6379,two:6379`; `rediss` for TLS.',
    }),
  ),
  ...SECRET_SETTINGS,
  SMTP_URL: secret(
    optional('URL', parseSmtpUrl, {
      fallbackText: 'none: mails go to the outbox page and the log; required in production',
      group: 'Mail',
      description: 'The mail server: `smtp://user:password@host:587` or `smtps://...`.',
    }),
  ),
  MAIL_FROM: text('Consentry <no-reply@localhost>', {
    group: 'Mail',
    description: 'Sender of all mails.',
  }),
  ...BLOB_SETTINGS,
  ...SMS_SETTINGS,
  ACCESS_TOKEN_SECONDS: integer(
    { fallback: 900, min: 30, max: 3600 },
    { group: 'Lifetimes', description: 'Access tokens.' },
  ),
  ID_TOKEN_SECONDS: integer(
    { fallback: 900, min: 30, max: 3600 },
    { group: 'Lifetimes', description: 'ID tokens.' },
  ),
  REFRESH_TOKEN_SECONDS: integer(
    { fallback: 14 * DAY, min: 60, max: 365 * DAY },
    {
      group: 'Lifetimes',
      description: 'A refresh token that is not used; each use lets it live as long again.',
    },
  ),
  REFRESH_TOKEN_ABSOLUTE_SECONDS: integer(
    { fallback: 365 * DAY, min: 60, max: 3650 * DAY },
    {
      group: 'Lifetimes',
      description:
        'Refresh tokens after the last sign-in of the person, however often they are used. What the consent allows may end earlier.',
    },
  ),
  REFRESH_TOKEN_GRACE_SECONDS: integer(
    { fallback: 2, min: 0, max: 10 },
    {
      group: 'Lifetimes',
      description:
        'How long the same app may repeat a refresh whose answer it lost. Later, or from anyone else, a used refresh token ends the grant.',
    },
  ),
  UNUSED_CONSENT_DAYS: integer(
    { fallback: 90, min: 0, max: 3650 },
    {
      group: 'Lifetimes',
      description:
        'When an app has read nothing of a person for so many days, its access is paused until the person resumes it. 0: never.',
    },
  ),
  AUTHORIZATION_CODE_SECONDS: integer(
    { fallback: 60, min: 10, max: 600 },
    { group: 'Lifetimes', description: 'Authorization codes.' },
  ),
  INTERACTION_SECONDS: integer(
    { fallback: 3600, min: 60, max: DAY },
    { group: 'Lifetimes', description: 'A sign-in that was begun and not finished.' },
  ),
  GRANT_SECONDS: integer(
    { fallback: 365 * DAY, min: 3600, max: 3650 * DAY },
    {
      group: 'Lifetimes',
      description:
        'What a consent gave an app, until the app has to come back to the consent page.',
    },
  ),
  SESSION_SECONDS: integer(
    { fallback: 30 * DAY, min: 300, max: 365 * DAY },
    { group: 'Lifetimes', description: 'A signed-in browser, at most.' },
  ),
  SESSION_IDLE_SECONDS: integer(
    { fallback: 14 * DAY, min: 300, max: 365 * DAY },
    { group: 'Lifetimes', description: 'A signed-in browser that is not used.' },
  ),
  SESSIONS_PER_ACCOUNT: integer(
    { fallback: 4, min: 1, max: 1000 },
    {
      group: 'Limits',
      description: 'Signed-in browsers per account; a further one ends the oldest.',
    },
  ),
  MINIMUM_AGE_YEARS: integer(
    { fallback: 0, min: 0, max: 120 },
    {
      group: 'Limits',
      description:
        'The least age that a date of birth may give. A year alone counts as its last day; a date without a year is refused. 0 allows any.',
    },
  ),
  DELETION_RETENTION_DAYS: integer(
    { fallback: 30, min: 0, max: 3650 },
    {
      group: 'Lifetimes',
      description:
        'How long a deleted account can be restored. After that its key and its data are destroyed; with 0 at once.',
    },
  ),
  TRANSFER_PROVEN_ADDRESSES: flag(false, {
    group: 'Accounts',
    description:
      'Whether a person who proves an e-mail or phone takes it from another account that had proven it before. An account with nothing left to sign in with is deleted. Off: the address stays with its holder, who gets a notice.',
  }),
  RATE_LIMITS: flag(true, {
    group: 'Limits',
    description:
      'Whether requests are limited per address and account. Cannot be off in production.',
  }),
  RATE_LIMIT_MULTIPLIER: integer(
    { fallback: 1, min: 1, max: 100_000 },
    { group: 'Limits', description: 'Multiplies every rate limit.' },
  ),
  ...OPERATION_SETTINGS,
  API_DOCS_PAGE: flag(true, {
    group: 'Pages',
    description: 'Whether `/docs` and `/openapi.json` are served.',
  }),
  OUTBOX_PAGE: optional('`true` or `false`', parseFlag, {
    fallbackText: 'on in development without SMTP_URL or SMS_URL',
    group: 'Pages',
    description:
      'Whether `/outbox` shows the mails and text messages the server would have sent. Cannot be on in production.',
  }),
} as const satisfies Record<string, Setting<unknown>>;

/** The name of a setting: an environment variable. */
export type SettingName = keyof typeof SETTINGS;

/** The value of each setting after it was read. */
export type SettingValues = { readonly [Name in SettingName]: (typeof SETTINGS)[Name]['fallback'] };
