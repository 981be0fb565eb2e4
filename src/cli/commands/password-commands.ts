import type { Command } from 'commander';

import { commandsOf } from '../command-actions.ts';
import { wholeNumber } from '../option-values.ts';

const passwordsCommand = commandsOf(() => import('./passwords.ts'));

const SOURCE_NOTES = `
SOURCE has one password per line (UTF-8; case does not count), or one SHA-1 digest per line with the number of times that the password
was seen, as in the download of "Pwned Passwords": 21BD10018A45C4D1DEF81644B54AB7F969B88D65:3. The kind is recognised from the first line.`;

/** Commands about passwords. */
export function addPasswordCommands(program: Command): void {
  const passwords = program
    .command('passwords')
    .summary('Build a list of known passwords, which are refused as new ones')
    .description('The list of known passwords, which are refused as new passwords.');
  passwords
    .command('build-list')
    .summary('Make the file for BREACHED_PASSWORDS')
    .description(
      'Makes the file for BREACHED_PASSWORDS from a text file, with 3.1 bytes per password. Needs no settings and no ' +
        'database. The file is written completely or not at all.',
    )
    .argument('<source>', 'The text file with passwords or digests')
    .requiredOption('--out <file>', 'The file to write')
    .option(
      '--min-count <number>',
      'Leave out digests of passwords that were seen less often',
      wholeNumber(1, 999_999_999),
      1,
    )
    .option('--force', 'Replace an existing file')
    .addHelpText('after', SOURCE_NOTES)
    .action(passwordsCommand('buildList'));
}
