import { parseArgs } from 'node:util';

import { seedDemo, type DemoAccess } from '../../seeds/demo.ts';
import { readConfig, type Config, type PartialConfig } from '../config.ts';
import { migrate, requireMigrated, waitForDatabase, type Progress } from './database.ts';
import { startDemoApp, type DemoApp } from './demo-app.ts';
import { provideOwnDatabase, resetEmbedded, type ProvidedDatabase } from './embedded-database.ts';
import { DATA_FOLDER } from './project.ts';
import { serve } from './serve.ts';
import { endInOrder } from './shutdown.ts';

interface StartOptions {
  readonly hasDemo: boolean;
  readonly progress: Progress;
}

/** `consentry start`: everything a newcomer needs in development, only the server in production. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      'no-demo': { type: 'boolean' },
      reset: { type: 'boolean' },
    },
  });
  const read = (): PartialConfig =>
    readConfig({
      dataFolder: DATA_FOLDER,
      overrides: values.port === undefined ? {} : { PORT: values.port },
    });
  let config = read();
  if (values.reset === true) {
    resetEmbedded(config);
    // The secrets were deleted too; this makes new ones.
    config = read();
  }
  await start(config, {
    hasDemo: values['no-demo'] !== true && config.mode !== 'production',
    progress: (line) => process.stdout.write(`${line}\n`),
  });
}

/** What runs by now, the last started first: stopping goes in that order. */
type Cleanups = (() => Promise<void>)[];

async function start(initial: PartialConfig, options: StartOptions): Promise<void> {
  const cleanups: Cleanups = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  };
  endInOrder(stop, initial);
  try {
    await startAll(initial, options, cleanups);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  initial: PartialConfig,
  options: StartOptions,
  cleanups: Cleanups,
): Promise<void> {
  const { progress, hasDemo } = options;
  const database = await provideOwnDatabase(initial, progress);
  cleanups.unshift(database.stop);
  const { config } = database;
  await prepareSchema(database, progress);
  if (hasDemo) progress('Filling in the demo data ...');
  const demo = hasDemo ? await seedDemo(config) : null;
  const server = await serve(config);
  cleanups.unshift(server.stop);
  const demoApp = demo === null ? null : await startBookshop(config, demo);
  if (demoApp !== null) cleanups.unshift(demoApp.stop);
  progress(welcome(config, demo, demoApp));
}

async function prepareSchema(
  { config, isEmbedded }: ProvidedDatabase,
  progress: Progress,
): Promise<void> {
  const { databaseUrl: url, databaseWaitSeconds: seconds } = config;
  await waitForDatabase({ url, seconds, progress });
  // With an embedded database nobody else could have migrated.
  if (config.mode === 'production' && !isEmbedded) return requireMigrated(url);
  progress('Checking the database schema ...');
  await migrate(url, progress);
}

async function startBookshop(
  config: Config,
  { clientId, clientSecret }: DemoAccess,
): Promise<DemoApp | null> {
  return startDemoApp({ issuer: config.issuer, port: config.port + 1, clientId, clientSecret });
}

function welcome(config: Config, demo: DemoAccess | null, demoApp: DemoApp | null): string {
  const lines = ['', `Consentry is ready: ${config.issuer}`];
  if (demoApp !== null) lines.push(`Open the Bookshop and sign in: ${demoApp.url}`);
  if (demo !== null) {
    lines.push(`Demo account: ${demo.email}, password: ${demo.password}`);
    lines.push(
      `Administrator: ${demo.administrator.email}, password: ${demo.administrator.password}`,
    );
  }
  if (config.pages.hasOutbox) lines.push(`Mails and codes it would send: ${config.issuer}/outbox`);
  lines.push('Ctrl-C stops everything.', '');
  return lines.join('\n');
}
