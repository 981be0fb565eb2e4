import fs from 'node:fs';

import { isSameDatabase } from './config-addresses.ts';
import { SETTINGS, type SettingName, type SettingValues } from './config-settings.ts';
import { blobContradictions, s3Of } from './config-blob-settings.ts';
import type { Config, KeyServiceConfig, PartialConfig } from './config-shape.ts';
import { isJson } from './config-sms-settings.ts';
import type { Setting } from './config-values.ts';
import { developmentSecrets } from './config-secrets.ts';

export {
  withDatabase,
  type Config,
  type KeyServiceConfig,
  type PartialConfig,
} from './config-shape.ts';

/** Every problem of the configuration at once. `message` has one line for each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Where connections lead that have to last; see DATABASE_DIRECT_URL. */
export function directUrlOf(config: Pick<Config, 'databaseUrl' | 'databaseDirectUrl'>): string {
  return config.databaseDirectUrl ?? config.databaseUrl;
}

export interface ReadConfigOptions {
  /** Where secrets of a development server are kept between starts. */
  readonly dataFolder: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Settings from the command line; they win over the environment. */
  readonly overrides?: Readonly<Partial<Record<SettingName, string>>>;
}

/**
 * Reads and checks the environment. Outside production, secrets that are not given are made once and kept in
 * `dataFolder`; in production there is no default secret of any kind.
 * @throws ConfigError with all problems; nothing was opened or written then.
 */
export function readConfig(options: ReadConfigOptions): PartialConfig {
  const environment = { ...(options.environment ?? process.env), ...options.overrides };
  const { values, refusals } = readSettings(environment);
  const problems = [...refusals.values(), ...contradictions(values)];
  if (values.NODE_ENV === 'production') problems.push(...unfitForProduction(values, refusals));
  if (problems.length > 0) throw new ConfigError(problems);
  return assemble(values, options.dataFolder);
}

/** A setting that cannot be used, with its line for the report. */
type Refusals = ReadonlyMap<SettingName, string>;

function readSettings(environment: NodeJS.ProcessEnv): {
  readonly values: SettingValues;
  readonly refusals: Refusals;
} {
  const values: Partial<Record<SettingName, unknown>> = {};
  const refusals = new Map<SettingName, string>();
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]) {
    try {
      const text = readText(name, setting, environment);
      values[name] = text === null ? setting.fallback : setting.parse(text);
    } catch (error) {
      refusals.set(name, `${name} ${(error as Error).message}`);
      values[name] = setting.fallback;
    }
  }
  return { values: values as SettingValues, refusals };
}

function readText(
  name: SettingName,
  setting: Setting<unknown>,
  environment: NodeJS.ProcessEnv,
): string | null {
  const direct = environment[name]?.trim() ?? '';
  const file = setting.isSecret ? (environment[`${name}_FILE`]?.trim() ?? '') : '';
  if (direct !== '' && file !== '') throw new Error(`is given twice: ${name} and ${name}_FILE`);
  if (file !== '') return readSecretFile(file);
  return direct === '' ? null : direct;
}

function readSecretFile(file: string): string {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8').trim();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new Error(`cannot be read from ${file} (${reason})`, { cause: error });
  }
  if (text === '') throw new Error(`cannot be read from ${file} (the file is empty)`);
  return text;
}

function contradictions(values: SettingValues): readonly string[] {
  const problems: string[] = [...blobContradictions(values)];
  if (!isJson(values.SMS_BODY)) problems.push('SMS_BODY must be JSON');
  if (values.SESSION_IDLE_SECONDS > values.SESSION_SECONDS) {
    problems.push('SESSION_IDLE_SECONDS must not be longer than SESSION_SECONDS');
  }
  if (values.REFRESH_TOKEN_SECONDS > values.GRANT_SECONDS) {
    problems.push('REFRESH_TOKEN_SECONDS must not be longer than GRANT_SECONDS');
  }
  const hasWrapped = values.MASTER_KEYS?.some((key) => 'wrapped' in key) === true;
  if (hasWrapped && values.KMS_KEY_ID === null) {
    problems.push('KMS_KEY_ID is required to open the master keys that begin with kms:');
  }
  if (values.KMS_KEY_ID !== null && values.KMS_REGION === null) {
    problems.push('KMS_REGION is required with KMS_KEY_ID');
  }
  return problems;
}

const REQUIRED_IN_PRODUCTION = [
  'ISSUER',
  'DATABASE_URL',
  'KEY_STORE_URL',
  'MASTER_KEYS',
  'BLIND_INDEX_KEY',
  'COOKIE_KEYS',
  'PAIRWISE_SALT',
  'SMTP_URL',
] as const satisfies readonly SettingName[];

function unfitForProduction(values: SettingValues, refusals: Refusals): readonly string[] {
  const problems: string[] = REQUIRED_IN_PRODUCTION.filter(
    (name) => values[name] === null && !refusals.has(name),
  ).map(
    (name) =>
      `${name} is required in production${SETTINGS[name].isSecret ? ` (or ${name}_FILE)` : ''}`,
  );
  if (values.ISSUER?.startsWith('http:')) problems.push('ISSUER must be https in production');
  if (values.MAIL_FROM === SETTINGS.MAIL_FROM.fallback)
    problems.push('MAIL_FROM is required in production');
  if (values.OUTBOX_PAGE === true) problems.push('OUTBOX_PAGE must not be on in production');
  if (values.KEY_STORE_URL !== null && isSameDatabase(values.KEY_STORE_URL, values.DATABASE_URL))
    problems.push('KEY_STORE_URL must name another database than DATABASE_URL in production');
  if (!values.RATE_LIMITS) problems.push('RATE_LIMITS must not be off in production');
  return problems;
}

function assemble(values: SettingValues, dataFolder: string): PartialConfig {
  const isProduction = values.NODE_ENV === 'production';
  return Object.freeze({
    mode: values.NODE_ENV,
    issuer: values.ISSUER ?? `http://localhost:${String(values.PORT)}`,
    jurisdiction: values.JURISDICTION,
    host: values.HOST ?? (isProduction ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    keyStoreUrl: values.KEY_STORE_URL,
    databaseDirectUrl: values.DATABASE_DIRECT_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    databaseWaitSeconds: values.DATABASE_WAIT_SECONDS,
    redisUrl: values.REDIS_URL,
    s3: s3Of(values),
    secrets: assembleSecrets(values, dataFolder),
    keyService: assembleKeyService(values),
    mail: { smtpUrl: values.SMTP_URL, from: values.MAIL_FROM },
    sms: {
      url: values.SMS_URL,
      secretHeader: values.SMS_HEADER,
      from: values.SMS_FROM,
      body: values.SMS_BODY,
      isOn: values.SMS_URL !== null || !isProduction,
    },
    usernameServices: values.USERNAME_SERVICES,
    transferProvenAddresses: values.TRANSFER_PROVEN_ADDRESSES,
    logLevel: values.LOG_LEVEL,
    trustedProxies: values.TRUSTED_PROXIES,
    lifetimes: assembleLifetimes(values),
    refreshTokenGraceSeconds: values.REFRESH_TOKEN_GRACE_SECONDS,
    unusedConsentDays: values.UNUSED_CONSENT_DAYS,
    sessionLimit: values.SESSIONS_PER_ACCOUNT,
    minimumAgeYears: values.MINIMUM_AGE_YEARS,
    deletionRetentionDays: values.DELETION_RETENTION_DAYS,
    runsJobs: values.RUN_JOBS,
    hasAccessLog: values.ACCESS_LOG,
    drainSeconds: values.DRAIN_SECONDS ?? (isProduction ? 10 : 0),
    mostRequestsInFlight: values.MOST_REQUESTS_IN_FLIGHT,
    signingKeyDays: values.SIGNING_KEY_DAYS,
    measuresRevocation: values.MEASURE_REVOCATION,
    metrics: {
      isServed: values.METRICS_TOKEN !== null || values.NODE_ENV !== 'production',
      token: values.METRICS_TOKEN,
    },
    securityTxt: { contact: values.SECURITY_CONTACT, policy: values.SECURITY_POLICY },
    rateLimits: { isOn: values.RATE_LIMITS, multiplier: values.RATE_LIMIT_MULTIPLIER },
    pages: {
      hasApiDocs: values.API_DOCS_PAGE,
      hasOutbox:
        !isProduction &&
        (values.OUTBOX_PAGE ?? (values.SMTP_URL === null || values.SMS_URL === null)),
    },
  });
}

function assembleSecrets(values: SettingValues, dataFolder: string): Config['secrets'] {
  const { MASTER_KEYS: masterKeys, BLIND_INDEX_KEY: blindIndexKey } = values;
  const { COOKIE_KEYS: cookieKeys, PAIRWISE_SALT: pairwiseSalt } = values;
  if (
    masterKeys !== null &&
    blindIndexKey !== null &&
    cookieKeys !== null &&
    pairwiseSalt !== null
  ) {
    return { masterKeys, blindIndexKey, cookieKeys, pairwiseSalt };
  }
  const generated = developmentSecrets(dataFolder);
  return {
    masterKeys: masterKeys ?? SETTINGS.MASTER_KEYS.parse(generated.masterKeys) ?? [],
    blindIndexKey: blindIndexKey ?? Buffer.from(generated.blindIndexKey, 'base64'),
    cookieKeys: cookieKeys ?? [generated.cookieKey],
    pairwiseSalt: pairwiseSalt ?? generated.pairwiseSalt,
  };
}

function assembleKeyService(values: SettingValues): KeyServiceConfig | null {
  const { KMS_KEY_ID: keyId, KMS_REGION: region, KMS_ENDPOINT: endpoint } = values;
  if (keyId === null || region === null) return null;
  return { keyId, region, endpoint, trustSeconds: values.KMS_TRUST_SECONDS };
}

function assembleLifetimes(values: SettingValues): Config['lifetimes'] {
  return {
    accessToken: values.ACCESS_TOKEN_SECONDS,
    idToken: values.ID_TOKEN_SECONDS,
    refreshToken: values.REFRESH_TOKEN_SECONDS,
    refreshTokenAbsolute: values.REFRESH_TOKEN_ABSOLUTE_SECONDS,
    authorizationCode: values.AUTHORIZATION_CODE_SECONDS,
    interaction: values.INTERACTION_SECONDS,
    grant: values.GRANT_SECONDS,
    session: values.SESSION_SECONDS,
    sessionIdle: values.SESSION_IDLE_SECONDS,
  };
}
