import { type Command, Option } from 'commander';

import type { ImportOptions } from './import.ts';
import { commandsOf } from '../command-actions.ts';
import { accountId, checkpoint, moment, wholeNumber } from '../option-values.ts';

const ledgerCommand = commandsOf(() => import('./ledger.ts'));

const MOST_PER_IMPORT = 5_000;
const DEFAULT_BATCH = 500;

/** Commands that bring or check data. */
export function addDataCommands(program: Command): void {
  addImport(program);
  addLedger(program);
  addRestore(program);
}

function addRestore(program: Command): void {
  program
    .command('restore')
    .summary('Prepare a restored main database for service')
    .description(
      'Run it after the restore of a dump of the main database; until then all nodes refuse to work. It ends everything ' +
        'that may have been revoked since the dump (sessions, grants, tokens, codes, unsent messages), removes accounts ' +
        'that were purged since, and pauses every consent until the person agrees again. It can be stopped and started again.',
    )
    .option('--yes', 'Start without confirmation')
    .action(async (options: { readonly yes?: true }) =>
      (await import('./restore.ts')).run({ isConfirmed: options.yes === true }),
    );
}

const IMPORT_NOTES = `
A line of JSON: {"id":"17","email":"ana@example.org","email_verified":true,"name":"Ana","password_hash":"$2b$12$..."}
  id             id of the account in the other system; stored as a keyed index, so that no account is imported twice
  status         active (default), suspended, or blocked with a status_reason
  language       of mails and pages, such as en     created_at     ISO 8601
  password_hash  argon2, bcrypt ($2a$, $2b$, $2y$), PBKDF2 (PHC, passlib); Django's form of each. Replaced by an own hash at the next sign-in
  email, phone_number, name, address, ... any claim; several as a list; {"value":"...","label":"work","verified":true}
CSV has the same names in its first line. A second value is email.2, its mark and label are email.2.verified and email.2.label;
a part of an address is address.locality. An account needs one verified e-mail or phone number.

Exit code 0: everything was imported or skipped; 1: failure; 2: usage error; 3: some lines were refused; 130: stopped.`;

const DRY_RUN = new Option('--dry-run', 'Do everything, print the counts, and roll back').conflicts(
  ['strict', 'fromTop'],
);
const STRICT = new Option(
  '--strict',
  'All accounts or none: one wrong line prevents the import',
).conflicts('fromTop');

function addImport(program: Command): void {
  const imports = program
    .command('import')
    .summary('Import accounts of another system from a file of JSON lines or CSV')
    .description('Imports data of another system.');
  imports
    .command('accounts')
    .summary('Import accounts from a file of JSON lines or CSV')
    .description(
      'Creates one account per line, also while the server runs. Each account is created completely or not at all. Wrong ' +
        'lines are skipped and listed by number in FILE.errors.ndjson. Ctrl-C ends the import after the current batch; ' +
        'the same command continues there.',
    )
    .argument('<file>', 'The file with the accounts')
    .addOption(
      new Option('--format <format>', 'Default: by the extension of the file').choices([
        'ndjson',
        'csv',
      ] as const),
    )
    .addOption(DRY_RUN)
    .addOption(STRICT)
    .addOption(
      new Option(
        '--on-existing <action>',
        'If an account with this id (for a line without an id: with one of its addresses) exists: ' +
          'skip the line, or list it as wrong',
      )
        .choices(['skip', 'fail'] as const)
        .default('fail' as const),
    )
    .option(
      '--batch <number>',
      `Accounts per transaction, 1 to ${String(MOST_PER_IMPORT)}`,
      wholeNumber(1, MOST_PER_IMPORT),
      DEFAULT_BATCH,
    )
    .option(
      '--errors <file>',
      'File for the list of wrong lines: text if its name ends in .txt, else JSON lines. ' +
        'An existing file is not changed, unless it is the list of the continued run',
    )
    .option('--from-top', 'Start at the first line although this file was imported before')
    .addHelpText('after', IMPORT_NOTES)
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const { formatOf, run } = await import('./import.ts');
      const format = options.format ?? formatOf(file);
      if (format === null)
        return command.error('error: the format is neither ndjson nor csv: set it with --format');
      await run(file, { ...options, format });
    });
}

function addLedger(program: Command): void {
  const ledger = program
    .command('ledger')
    .summary('Check the ledger of reads by apps for manipulation')
    .description('The ledger: the record of reads by apps.');
  ledger
    .command('verify')
    .summary('Check the ledger for manipulation')
    .description(
      "Reads every account's chain of reads and compares it with the ends that the server signs every hour. Names the " +
        'first changed, removed, inserted or moved row of each account; exit code 1 when there is one. Safe ' +
        'while servers run.',
    )
    .option('--account <id>', 'Only this account', accountId)
    .option('--since <time>', 'Trust rows from before this time, such as 2026-11-20', moment)
    .option(
      '--checkpoint <number:digest>',
      'Also require this signed checkpoint, copied from an earlier run or from the log of the server',
      checkpoint,
    )
    .action(ledgerCommand('verify'));
}
