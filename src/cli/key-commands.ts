import { type Command, Option } from 'commander';

import { wholeNumber } from './option-values.ts';

const MOST_PER_ROTATION = 10_000;
const DEFAULT_BATCH = 500;

const ROTATION_NOTES = `
To change the master key without an outage: put the new key second in MASTER_KEYS and restart every server; put it first and
restart; run "rotate"; when "status" reports that nothing remains, remove the old key and restart.`;

/** Commands about keys. */
export function addKeyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .summary('Make a master key, see which ones are in use, or seal everything anew')
    .description('The master keys, under which every stored key is sealed.')
    .addHelpText('after', ROTATION_NOTES);
  keys
    .command('new')
    .summary('Print a new key for MASTER_KEYS')
    .description('Prints a new key for MASTER_KEYS, with the next free version. Needs no database.')
    .option('--kms', 'The key service (KMS_KEY_ID) makes the key, and it is never printed in clear')
    .action(async (options: { readonly kms?: true }) =>
      (await import('./keys.ts')).printNew({ isWrapped: options.kms === true }),
    );
  keys
    .command('status')
    .summary('Count what is sealed under which version')
    .description(
      'Counts what is sealed under which version. Exit code 3 while something is under an older one than the first.',
    )
    .action(async () => (await import('./keys.ts')).printStatus());
  keys
    .command('rotate')
    .summary('Seal everything anew with the first key of MASTER_KEYS')
    .description(
      'Seals everything anew with the first key of MASTER_KEYS, while servers go on working. Can be stopped at any time ' +
        'and started again. Keys of accounts from before there was a key store move under it: not while nodes of such a version run.',
    )
    .addOption(new Option('--dry-run', 'Only count').conflicts('batch'))
    .option(
      '--batch <number>',
      `Rows at a time, 1 to ${String(MOST_PER_ROTATION)} (default ${String(DEFAULT_BATCH)})`,
      wholeNumber(1, MOST_PER_ROTATION),
    )
    .addHelpText('after', ROTATION_NOTES)
    .action(async (options: { readonly dryRun?: true; readonly batch?: number }) => {
      const command = await import('./keys.ts');
      if (options.dryRun === true) await command.printStatus();
      else await command.rotate(options.batch ?? DEFAULT_BATCH);
    });
}
