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
    .summary('Start the server; in development with a database of its own and the demo app')
    .description(
      'Prepares the database, applies migrations and listens. In development it also brings a PostgreSQL of its own ' +
        '(unless DATABASE_URL is set), fills in the demo data and starts the Bookshop, a small third-party app. ' +
        'With NODE_ENV=production it does none of that: it needs every setting, and a migrated database.',
    )
    .option(
      '--port <number>',
      'Listen there instead of PORT (default 3000), 0 on any free one; the Bookshop takes the next port',
      wholeNumber(0, 65_535),
    )
    .option('--no-demo', 'No demo data, no Bookshop')
    .option(
      '--reset',
      'Delete the embedded database and the generated secrets first; refused with DATABASE_URL',
    )
    .action(startCommand('run'));
}

function addMigrate(program: Command): void {
  program
    .command('migrate')
    .summary('Bring the database schema to the newest version')
    .description(
      'Applies what is missing. Safe to run from several machines at once: one works, the others wait. ' +
        'Without DATABASE_URL it works on the embedded database, also beside a server that runs on it.',
    )
    .option(
      '--status',
      'Only list what is applied and what is missing; exit code 3 when something is missing',
    )
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
    .summary('Fill in the demo account and the demo app (not in production)')
    .description(
      'Creates the demo account and registers the Bookshop, and prints how to sign in. Running it again changes nothing. ' +
        'Refused in production.',
    )
    .action(seedCommand('run'));
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('Check settings, database, Redis and mail server, and print what is wrong')
    .description(
      'Reads the settings (secrets are never printed) and tries everything they name. Exit code 1 when something is wrong.',
    )
    .action(doctorCommand('run'));
}

function addJobs(program: Command): void {
  program
    .command('jobs')
    .summary('Do the background jobs in a process of their own, or list their state')
    .description(
      'Sends mails, purges, exports and does whatever else waits, until it is stopped. A server does that too unless ' +
        'RUN_JOBS=false; any number of both may run, each job goes to one of them.',
    )
    .addArgument(
      program
        .createArgument(
          '[list]',
          'Only print the queues: what waits, runs, was given up, and when each runs by itself',
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
    .option('--out <file>', 'Write it there instead. A file that exists is left as it is')
    .option('--force', 'Replace the file')
    .action(async (options: OpenApiOptions, command: Command) => {
      if (options.force === true && options.out === undefined)
        command.error("error: option '--force' needs --out");
      await (await import('./openapi.ts')).run(options);
    });
}
