import { readConfig, type PartialConfig, withDatabase } from '../../config/config.ts';
import { AppError } from '../../platform/app-error.ts';
import { findPostgresBinaries } from '../../dev/embedded-postgres-binaries.ts';
import { sentencesFor } from '../error-sentence.ts';
import { print } from '../output.ts';
import { DATA_FOLDER } from '../../dev/project-folders.ts';
import { checkBranding } from './check-branding.ts';
import { checkDatabase } from './check-database.ts';
import { checkKeys, checkKeyStore } from './check-keys.ts';
import { checkDisk, checkVersions } from './check-machine.ts';
import { checkMail } from './check-mail.ts';
import { checkPasswordList, checkPasswordPeppers } from './check-passwords.ts';
import { checkRedis } from './check-redis.ts';
import type { Check, Finding } from './check.ts';

const ONE_LINE = 300;

/** `consentry doctor`: one line per check, `note` lines for recommendations, exit code 1 after a fault. */
export async function run(): Promise<void> {
  const config = readConfig({ dataFolder: DATA_FOLDER });
  printLine(
    'ok',
    'settings',
    `${config.mode}, issuer ${config.issuer}, listens on ${config.host}:${String(config.port)}`,
  );
  for (const warning of config.warnings) printLine('note', 'settings', warning);
  let failures = 0;
  for (const check of checks(config)) {
    try {
      const { text, notes = [] } = await check.try();
      printLine('ok', check.name, text);
      for (const note of notes) printLine('note', check.name, note);
    } catch (error) {
      failures += 1;
      printLine('wrong', check.name, reasonOf(error));
    }
  }
  if (failures > 0) process.exitCode = 1;
}

function checks(config: PartialConfig): readonly Check[] {
  const { databaseUrl, redisUrl, mail } = config;
  const { smtpUrl, from } = mail;
  const full = databaseUrl === null ? null : withDatabase(config, databaseUrl);
  return [
    { name: 'versions', try: checkVersions },
    { name: 'disk', try: () => checkDisk(DATA_FOLDER) },
    { name: 'database', try: async () => (full === null ? embedded() : checkDatabase(full)) },
    { name: 'keys', try: () => checkKeys(config) },
    {
      name: 'key store',
      try: async () =>
        full === null
          ? { text: 'a second database of the embedded PostgreSQL' }
          : checkKeyStore(full),
    },
    {
      name: 'redis',
      try: async () =>
        redisUrl === null
          ? { text: 'none: everything is kept in PostgreSQL' }
          : checkRedis(redisUrl),
    },
    {
      name: 'mail',
      try: async () =>
        smtpUrl === null
          ? { text: 'none: the outbox page shows mails' }
          : checkMail({ smtpUrl, from }),
    },
    { name: 'passwords', try: () => checkPasswordList(config) },
    {
      name: 'pepper',
      try: async () =>
        full === null
          ? { text: 'checked at the start of the embedded PostgreSQL' }
          : checkPasswordPeppers(full),
    },
    { name: 'branding', try: () => checkBranding(config) },
  ];
}

function embedded(): Finding {
  const { version } = findPostgresBinaries(`${DATA_FOLDER}/postgres`);
  return { text: `embedded ${version}` };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof AppError)) {
    const { message, code } = error as NodeJS.ErrnoException;
    return message === '' ? (code ?? 'unknown reason') : message;
  }
  const { cause } = error;
  const reason = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : '';
  return `${sentencesFor(error)}${reason}`;
}

function printLine(state: 'ok' | 'note' | 'wrong', name: string, text: string): void {
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, ONE_LINE);
  print(`${state.padEnd(6)}${name.padEnd(10)}${line}`);
}
