import { type Command, Option } from 'commander';

import type { MigrateOptions } from './migrate.ts';
import type { OpenApiOptions } from './openapi.ts';
import { commandsOf } from '../command-actions.ts';
import { wholeNumber } from '../option-values.ts';

const startCommand = commandsOf(() => import('./start.ts'));
const seedCommand = commandsOf(() => import('./seed.ts'));
const doctorCommand = commandsOf(() => import('../doctor/doctor.ts'));

/** Commands that run, prepare, check or describe a server. */
export function addServerCommands(program: Command): void {
  addStart(program);
  addMigrate(program);
  addSeed(program);
  addDoctor(program);
  addJobs(program);
  addOpenApi(program);
}

function addStart(program: Command): void {
  program
    .command('start')
    .summary('Start the server; in development with an embedded database and the demo app')
    .description(
      'Starts the server. In development it first starts an embedded PostgreSQL (unless DATABASE_URL is set), migrates ' +
        'the database and creates the demo data, and also starts the Bookshop, a small third-party app. ' +
        'With NODE_ENV=production it does none of this: every setting and a migrated database are required.',
    )
    .option(
      '--port <number>',
      'Port to listen on, instead of PORT (default 3000); 0: any free port. The Bookshop uses the next port',
      wholeNumber(0, 65_535),
    )
    .option('--no-demo', 'Without demo data and Bookshop')
    .option(
      '--reset',
      'Delete the embedded database and the generated secrets first; refused with DATABASE_URL',
    )
    .action(startCommand('run'));
}

function addMigrate(program: Command): void {
  program
    .command('migrate')
    .summary('Migrate the database schema to the newest version')
    .description(
      'Applies the missing migrations. Safe to run on several machines at once: one migrates, the others wait. ' +
        'Without DATABASE_URL it uses the embedded database, also while a server uses it.',
    )
    .option('--status', 'Only list applied and missing migrations; exit code 3 when any is missing')
    .addOption(
      new Option(
        '--down',
        'Undo every migration, with --yes. All data are lost; refused in production',
      ).conflicts('status'),
    )
    .addOption(new Option('--yes', 'Confirm --down').conflicts('status'))
    .action(async (options: MigrateOptions, command: Command) => {
      if (options.yes === true && options.down !== true)
        command.error("error: option '--yes' needs --down");
      await (await import('./migrate.ts')).run(options);
    });
}

function addSeed(program: Command): void {
  program
    .command('seed')
    .summary('Create the demo accounts and the demo app (not in production)')
    .description(
      'Creates the demo accounts, registers the Bookshop and prints how to sign in. A second run changes nothing. ' +
        'Refused in production.',
    )
    .action(seedCommand('run'));
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('Check settings, database, Redis and mail server, and print the problems')
    .description(
      'Reads the settings (secrets are never printed) and connects to every service in them. Exit code 1 when a check fails.',
    )
    .action(doctorCommand('run'));
}

function addJobs(program: Command): void {
  program
    .command('jobs')
    .summary('Run the background jobs in a separate process, or list their state')
    .description(
      'Runs mails, purges, exports and all other background jobs until it is stopped. Servers also run jobs, unless ' +
        'RUN_JOBS=false. Any number of processes may run; each job is run by one of them.',
    )
    .addArgument(
      program
        .createArgument(
          '[list]',
          'Only print the queues with their waiting, running and failed jobs and their schedules',
        )
        .choices(['list']),
    )
    .action(async (action: 'list' | undefined) => {
      const jobs = await import('./jobs.ts');
      await (action === 'list' ? jobs.list() : jobs.run());
    });
}

function addOpenApi(program: Command): void {
  program
    .command('openapi')
    .summary('Print the OpenAPI document of the JSON API')
    .description(
      'Prints the document that a running server serves at /openapi.json. Needs no database.',
    )
    .option(
      '--out <file>',
      'File to write instead of standard output. An existing file is not changed',
    )
    .option('--force', 'Replace an existing file')
    .action(async (options: OpenApiOptions, command: Command) => {
      if (options.force === true && options.out === undefined)
        command.error("error: option '--force' needs --out");
      await (await import('./openapi.ts')).run(options);
    });
}
