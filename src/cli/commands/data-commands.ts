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
    .summary('Make a restored main database fit to serve')
    .description(
      'Run it after a dump of the main database was restored: nodes refuse to work until then. Ends everything that could ' +
        'have been revoked since the dump (sessions, grants, tokens, codes, unsent messages), removes accounts again that ' +
        'were purged since, and pauses every consent until the person agrees again. Can be stopped and started again.',
    )
    .option('--yes', 'Start without confirmation')
    .action(async (options: { readonly yes?: true }) =>
      (await import('./restore.ts')).run({ isConfirmed: options.yes === true }),
    );
}

const IMPORT_NOTES = `
A line of JSON: {"id":"17","email":"ana@example.org","email_verified":true,"name":"Ana","password_hash":"$2b$12$..."}
  id             how the other system calls the account; kept as a keyed index, so that it is not imported twice
  status         active (default), suspended, or blocked with a status_reason
  language       en or ru: of mails and pages      created_at     ISO 8601
  password_hash  argon2, bcrypt ($2a$, $2b$, $2y$), PBKDF2 (PHC, passlib); Django's spelling of each. Made ours at the next sign-in
  email, phone_number, name, address, ... any claim; several as a list; {"value":"...","label":"work","verified":true}
CSV has the same names in its first line; further values are email.2, what belongs to one is email.2.verified or email.2.label,
parts of an address are address.locality. An account needs one verified e-mail or phone number.

Exit code 0: everything imported or skipped; 1: could not; 2: wrong usage; 3: some lines refused; 130: stopped.`;

const DRY_RUN = new Option(
  '--dry-run',
  'Do everything, print the counts, and keep nothing',
).conflicts(['strict', 'fromTop']);
const STRICT = new Option(
  '--strict',
  'All accounts or none: one wrong line, and nothing is imported',
).conflicts('fromTop');

function addImport(program: Command): void {
  const imports = program
    .command('import')
    .summary('Bring accounts from another system, from a file of JSON lines or CSV')
    .description('Brings data from another system.');
  imports
    .command('accounts')
    .summary('Bring accounts from a file of JSON lines or CSV')
    .description(
      'Makes one account of each line. Works while the server runs. Each account is made whole or not at all; lines that ' +
        'are wrong are left out and listed by number in FILE.errors.ndjson. Ctrl-C ends it after the batch under way; the ' +
        'same command goes on there.',
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
        'An account with this id, or without an id with one of these addresses, is there already: ' +
          'leave it as it is and count it as skipped, or list the line as wrong',
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
      'Where the list goes; a name that ends in .txt is written as text, others as JSON lines. ' +
        'A file that exists is left as it is, unless it is the list of the run that is continued',
    )
    .option('--from-top', 'Begin at the first line although this very file was imported before')
    .addHelpText('after', IMPORT_NOTES)
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const { formatOf, run } = await import('./import.ts');
      const format = options.format ?? formatOf(file);
      if (format === null)
        return command.error('error: the format is neither ndjson nor csv: name it with --format');
      await run(file, { ...options, format });
    });
}

function addLedger(program: Command): void {
  const ledger = program
    .command('ledger')
    .summary('Check that the record of what apps read was not tampered with')
    .description('The record of what apps read.');
  ledger
    .command('verify')
    .summary('Check that it was not tampered with')
    .description(
      "Reads every account's chain of reads and compares it with the ends that the server signs every hour. Names the " +
        'first row that was changed, taken out, put in or moved, of each account; exit code 1 when there is one. Safe ' +
        'beside a running server.',
    )
    .option('--account <id>', 'Only this account', accountId)
    .option('--since <time>', 'Trust what was written before, such as 2026-11-20', moment)
    .option(
      '--checkpoint <number:digest>',
      "Also require this signed checkpoint, noted earlier from here or from the server's log",
      checkpoint,
    )
    .action(ledgerCommand('verify'));
}
