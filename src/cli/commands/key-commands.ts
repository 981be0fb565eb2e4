import { type Command, Option } from 'commander';

import { commandsOf } from '../command-actions.ts';
import { wholeNumber } from '../option-values.ts';

const signingKeysCommand = commandsOf(() => import('./signing-keys.ts'));
const keysCommand = commandsOf(() => import('./keys.ts'));

const MOST_PER_ROTATION = 10_000;
const DEFAULT_BATCH = 500;

const ROTATION_NOTES = `
To change the master key without an outage: put the new key second in MASTER_KEYS and restart every server; put it first and
restart; run "rotate"; when "status" reports that nothing remains, remove the old key and restart.`;

function addSigningKeys(keys: Command): void {
  const signing = keys
    .command('signing')
    .summary('List, rotate or withdraw the keys that sign tokens')
    .description(
      'The keys that sign tokens and receipts. A server rotates them every SIGNING_KEY_DAYS.',
    );
  signing
    .command('list')
    .summary('List the published keys')
    .description('Lists the keys that are published.')
    .option('--json', 'Print the list as JSON')
    .action(signingKeysCommand('list'));
  signing
    .command('rotate')
    .summary('Publish a successor for every signing key')
    .description(
      'Publishes a successor for every signing key. It signs from about an hour later; the old key still verifies.',
    )
    .option('--json', 'Print the result as JSON')
    .action(signingKeysCommand('rotate'));
  signing
    .command('withdraw')
    .summary('Destroy a key that may have leaked')
    .description(
      'Destroys a key that may have leaked: within a second every node refuses all its signatures, those of receipts ' +
        'included.',
    )
    .argument('<kid>', 'The id of the key')
    .option('--json', 'Print the result as JSON')
    .action(signingKeysCommand('withdraw'));
}

/** Commands about keys. */
export function addKeyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .summary('Create a master key, count the use of each, or re-encrypt everything')
    .description('The master keys, which encrypt every stored key.')
    .addHelpText('after', ROTATION_NOTES);
  keys
    .command('new')
    .summary('Print a new key for MASTER_KEYS')
    .description('Prints a new key for MASTER_KEYS, with the next free version. Needs no database.')
    .option(
      '--kms',
      'Let the key service (KMS_KEY_ID) create the key; it is never printed in clear',
    )
    .action(async (options: { readonly kms?: true }) =>
      (await import('./keys.ts')).printNew({ isWrapped: options.kms === true }),
    );
  keys
    .command('status')
    .summary('Count the encrypted rows per key version')
    .description(
      'Counts the encrypted rows per key version. Exit code 3 while rows have another version than the first key.',
    )
    .action(keysCommand('printStatus'));
  keys
    .command('rotate')
    .summary('Re-encrypt everything with the first key of MASTER_KEYS')
    .description(
      'Re-encrypts everything with the first key of MASTER_KEYS, while servers run. Can be stopped at any time ' +
        'and started again. It also moves account keys of versions without a key store; do not run it while such nodes run.',
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
  addSigningKeys(keys);
}
