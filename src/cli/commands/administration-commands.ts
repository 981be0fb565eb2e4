import { type Command, Option } from 'commander';

import { commandsOf, type JsonOption } from '../command-actions.ts';
import { wholeNumber } from '../option-values.ts';

const accountsCommand = commandsOf(() => import('./accounts.ts'));
const clientsCommand = commandsOf(() => import('./clients.ts'));

const LIMIT = [
  '--limit <number>',
  'Maximum number of entries',
  wholeNumber(1, 10_000),
  100,
] as const;

/** Commands about people and apps. */
export function addAdministrationCommands(program: Command): void {
  const accounts = program
    .command('accounts')
    .summary('Create an administrator, block or unblock a person, list accounts')
    .description(
      'People and administrators. ACCOUNT is an id, or a proven e-mail, phone number or username.',
    );
  addAdministrators(accounts);
  addBlocking(accounts);
  const clients = program
    .command('clients')
    .summary('Verify, suspend or list apps, set their logos')
    .description('Apps that are registered here. CLIENT is the client_id.');
  addVerifying(clients);
  addLogos(clients);
  addSuspending(clients);
}

function addAdministrators(accounts: Command): void {
  accounts
    .command('create-admin')
    .summary('Create an account with administrator rights')
    .description(
      'Creates an account with administrator rights. The e-mail address counts as proven. The command prompts for ' +
        'the password without showing it.',
    )
    .argument('<email>', 'The address to sign in with')
    .option('--name <name>', 'Name of the person')
    .option('--password-stdin', 'Read the password from the first line of standard input')
    .option('--json', 'Print the result as JSON')
    .action(accountsCommand('createAdmin'));
  for (const [name, isAdministrator, summary, description] of [
    [
      'grant-admin',
      true,
      'Give an account administrator rights',
      'Gives an account administrator rights.',
    ],
    [
      'revoke-admin',
      false,
      'Withdraw administrator rights',
      'Withdraws administrator rights. Refused for the last administrator.',
    ],
  ] as const) {
    accounts
      .command(name)
      .summary(summary)
      .description(description)
      .argument('<account>')
      .option('--json', 'Print the result as JSON')
      .action(async (account: string, options: JsonOption) =>
        (await import('./accounts.ts')).setAdmin(account, { ...options, isAdministrator }),
      );
  }
}

function addBlocking(accounts: Command): void {
  accounts
    .command('block')
    .summary('Block a person')
    .description(
      'Blocks a person: every session and token ends on every node within a second, and signing in is refused. The person ' +
        'gets a mail with the reason. Refused for the last administrator.',
    )
    .argument('<account>')
    .requiredOption('--reason <text>', 'The reason, which the person reads')
    .option('--json', 'Print the result as JSON')
    .action(accountsCommand('block'));
  accounts
    .command('unblock')
    .summary('Let a blocked or suspended person sign in again')
    .description('Lets a blocked or suspended person sign in again. The person gets a mail.')
    .argument('<account>')
    .option('--json', 'Print the result as JSON')
    .action(accountsCommand('unblock'));
  accounts
    .command('list')
    .summary('List accounts')
    .description('Lists accounts, the newest first, without personal values.')
    .addOption(
      new Option('--status <status>', 'Only accounts with this status').choices([
        'temporary',
        'active',
        'suspended',
        'blocked',
        'deleted',
      ] as const),
    )
    .option('--admins', 'Only administrators')
    .option(...LIMIT)
    .option('--json', 'Print the list as JSON')
    .action(accountsCommand('list'));
}

function addVerifying(clients: Command): void {
  for (const [name, isVerified, summary, description] of [
    ['verify', true, 'Mark an app as checked', 'Marks an app as checked. Its owner gets a mail.'],
    [
      'unverify',
      false,
      'Withdraw the mark of an app',
      'Withdraws the mark: people see "not checked" again. The owner gets a mail.',
    ],
  ] as const) {
    clients
      .command(name)
      .summary(summary)
      .description(description)
      .argument('<client>')
      .option('--json', 'Print the result as JSON')
      .action(async (client: string, options: JsonOption) =>
        (await import('./clients.ts')).setVerified(client, { ...options, isVerified }),
      );
  }
}

function addLogos(clients: Command): void {
  clients
    .command('set-logo')
    .summary('Set the logo of an app')
    .description('Sets the logo of an app: PNG, JPEG or WebP, at most 1 MB and 16 megapixels.')
    .argument('<client>')
    .argument('<file>')
    .option('--json', 'Print the result as JSON')
    .action(clientsCommand('setLogo'));
  clients
    .command('remove-logo')
    .summary('Remove the logo of an app')
    .description('Removes the logo of an app.')
    .argument('<client>')
    .action(clientsCommand('removeLogo'));
}

function addSuspending(clients: Command): void {
  clients
    .command('suspend')
    .summary('Suspend an app')
    .description(
      'Suspends an app: all of its tokens end on every node within a second. Its owner gets a mail with the reason and ' +
        'cannot resume it.',
    )
    .argument('<client>')
    .requiredOption('--reason <text>', 'The reason, which the owner reads')
    .option('--json', 'Print the result as JSON')
    .action(clientsCommand('suspend'));
  clients
    .command('resume')
    .summary('Let a suspended app work again')
    .description('Lets a suspended app work again. Its owner gets a mail.')
    .argument('<client>')
    .option('--json', 'Print the result as JSON')
    .action(clientsCommand('resume'));
  clients
    .command('list')
    .summary('List apps')
    .description('Lists apps, the newest first.')
    .option('--unverified', 'Only apps that no administrator has verified')
    .option(...LIMIT)
    .option('--json', 'Print the list as JSON')
    .action(clientsCommand('list'));
}
