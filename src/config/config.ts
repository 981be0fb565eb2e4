import fs from 'node:fs';

import { accountConfig } from './account-settings.ts';
import { brandingConfig, brandingWarnings } from './branding-settings.ts';
import { messageConfig } from './message-settings.ts';
import { isSameDatabase } from './parse-address.ts';
import { secretConfig } from './secret-settings.ts';
import { serverConfig } from './server-settings.ts';
import { parseSetting, type Setting } from './setting.ts';
import { SETTING_GROUPS, type SettingName, settingsOf, type SettingValues } from './settings.ts';
import { storageConfig } from './storage-settings.ts';

/**
 * All settings, read once at the start. A `databaseUrl` of null means the embedded database. A `keyStoreUrl` of null
 * (outside production) means a second embedded database, or the main database itself.
 */
export type PartialConfig = ReturnType<typeof assemble>;

/** A configuration with its databases. */
export type Config = PartialConfig & {
  readonly databaseUrl: string;
  readonly keyStoreUrl: string;
};

/** All problems of the configuration. `message` has one line for each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The configuration with this database, which is also the key store if none is set. */
export function withDatabase(config: PartialConfig, databaseUrl: string): Config {
  return {
    ...config,
    databaseUrl,
    keyStoreUrl: config.keyStoreUrl ?? config.databaseDirectUrl ?? databaseUrl,
  };
}

/** The address for connections that stay open; see DATABASE_DIRECT_URL. */
export function directUrlOf(config: Pick<Config, 'databaseUrl' | 'databaseDirectUrl'>): string {
  return config.databaseDirectUrl ?? config.databaseUrl;
}

interface ReadConfigOptions {
  /** The folder of the secrets of a development server. */
  readonly dataFolder: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Settings from the command line; they take precedence over the environment. */
  readonly overrides?: Readonly<Partial<Record<SettingName, string>>>;
}

/**
 * Reads and checks the environment. Outside production, missing secrets are generated once and stored in `dataFolder`;
 * in production no secret has a default.
 * @throws ConfigError with all problems; nothing was opened or written then.
 */
export function readConfig(options: ReadConfigOptions): PartialConfig {
  const environment = { ...(options.environment ?? process.env), ...options.overrides };
  const { values, refusals, warnings } = readSettings(environment);
  const problems = [...refusals.values(), ...failing(CONTRADICTIONS, values)];
  if (values.NODE_ENV === 'production')
    problems.push(...missing(values, refusals), ...failing(UNSAFE_IN_PRODUCTION, values));
  if (problems.length > 0) throw new ConfigError(problems);
  return assemble(values, options.dataFolder, [...warnings, ...brandingWarnings(values)]);
}

function assemble(values: SettingValues, dataFolder: string, warnings: readonly string[]) {
  const isProduction = values.NODE_ENV === 'production';
  const keepsMessages = values.SMTP_URL === undefined || values.SMS_URL === undefined;
  return {
    ...serverConfig(values),
    ...storageConfig(values),
    ...secretConfig(values, dataFolder),
    ...messageConfig(values, isProduction),
    ...accountConfig(values),
    ...brandingConfig(values),
    pages: {
      textsFolder: values.TEXTS_FOLDER ?? null,
      hasApiDocs: values.API_DOCS_PAGE,
      hasOutbox: !isProduction && (values.OUTBOX_PAGE ?? keepsMessages),
    },
    /** Warnings for the log about settings that work but should be changed. */
    warnings,
  };
}

/** Settings that cannot be used, each with its line for the report. */
type Refusals = ReadonlyMap<SettingName, string>;

const SETTINGS = Object.values(SETTING_GROUPS).flatMap(settingsOf);

function readSettings(environment: NodeJS.ProcessEnv) {
  const values: Partial<Record<SettingName, unknown>> = {};
  const refusals = new Map<SettingName, string>();
  const warnings: string[] = [];
  for (const [name, setting] of SETTINGS) {
    if (setting.default !== undefined) values[name] = setting.default;
    try {
      const { text, source } = readText(name, setting, environment);
      if (text === null) continue;
      values[name] = parseText(setting, text);
      if (source === setting.formerName)
        warnings.push(`${source} is the former name of ${name}: rename the setting`);
    } catch (error) {
      refusals.set(name, `${name} ${(error as Error).message}`);
    }
  }
  return { values: values as SettingValues, refusals: refusals as Refusals, warnings };
}

function parseText(setting: Setting, text: string): unknown {
  try {
    return parseSetting(setting, text);
  } catch (error) {
    if (setting.isSecret === true) throw error;
    throw new Error(`${(error as Error).message}; it is "${text}"`, { cause: error });
  }
}

/** The text of a setting, and the variable that it comes from. */
function readText(
  name: SettingName,
  { isSecret, formerName }: Setting,
  environment: NodeJS.ProcessEnv,
): { readonly text: string | null; readonly source?: string } {
  const file = `${name}_FILE`;
  const sources = [name, isSecret === true ? file : undefined, formerName].filter(
    (source) => source !== undefined && (environment[source]?.trim() ?? '') !== '',
  );
  const [source, second] = sources;
  if (second !== undefined) throw new Error(`is set twice: remove ${String(source)} or ${second}`);
  if (source === undefined) return { text: null };
  const text = environment[source]?.trim() ?? '';
  return { text: source === file ? readSecretFile(file, text) : text, source };
}

function readSecretFile(name: string, file: string): string {
  const refuse = (reason: string, cause?: unknown) =>
    new Error(`cannot be read from ${file} (${reason}): correct ${name} or the file`, { cause });
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw refuse((error as NodeJS.ErrnoException).code ?? 'unknown reason', error);
  }
  if (text === '') throw refuse('the file is empty');
  return text;
}

type Rule = readonly [isBroken: (values: SettingValues) => boolean, problem: string];

function failing(rules: readonly Rule[], values: SettingValues): readonly string[] {
  return rules.filter(([isBroken]) => isBroken(values)).map(([, problem]) => problem);
}

const CONTRADICTIONS: readonly Rule[] = [
  [
    (values) =>
      (values.S3_ACCESS_KEY_ID === undefined) !== (values.S3_SECRET_ACCESS_KEY === undefined),
    'S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be set together',
  ],
  [
    (values) => values.SESSION_IDLE_SECONDS > values.SESSION_SECONDS,
    'SESSION_IDLE_SECONDS must not be longer than SESSION_SECONDS',
  ],
  [
    (values) => values.ADMINISTRATOR_SESSION_IDLE_SECONDS > values.ADMINISTRATOR_SESSION_SECONDS,
    'ADMINISTRATOR_SESSION_IDLE_SECONDS must not be longer than ADMINISTRATOR_SESSION_SECONDS',
  ],
  [
    (values) => values.REFRESH_TOKEN_SECONDS > values.GRANT_SECONDS,
    'REFRESH_TOKEN_SECONDS must not be longer than GRANT_SECONDS',
  ],
  [
    (values) =>
      values.KMS_KEY_ID === undefined &&
      values.MASTER_KEYS?.some((key) => 'wrapped' in key) === true,
    'KMS_KEY_ID is required to decrypt the master keys that begin with kms:',
  ],
  [
    (values) => values.KMS_KEY_ID !== undefined && values.KMS_REGION === undefined,
    'KMS_REGION is required with KMS_KEY_ID',
  ],
];

const UNSAFE_IN_PRODUCTION: readonly Rule[] = [
  [(values) => values.ISSUER?.startsWith('http:') === true, 'ISSUER must be https in production'],
  [(values) => values.OUTBOX_PAGE === true, 'OUTBOX_PAGE must not be on in production'],
  [(values) => !values.RATE_LIMITS, 'RATE_LIMITS must not be off in production'],
  [
    ({ KEY_STORE_URL: keys, DATABASE_URL: main }) =>
      keys !== undefined && main !== undefined && isSameDatabase(keys, main),
    'KEY_STORE_URL must name another database than DATABASE_URL in production',
  ],
];

/** Required settings that are not set, or have the default of development. */
function missing(values: SettingValues, refusals: Refusals): readonly string[] {
  return SETTINGS.filter(
    ([name, { isRequiredInProduction, default: value }]) =>
      isRequiredInProduction === true && values[name] === value && !refusals.has(name),
  ).map(
    ([name, { isSecret }]) =>
      `${name} is required in production${isSecret === true ? ` (or ${name}_FILE)` : ''}`,
  );
}
