import { seedDemo, type DemoAccess } from '../../../seeds/demo.ts';
import type { BookshopAccess } from '../../../seeds/demo-bookshop.ts';
import { directUrlOf, readConfig, type Config, type PartialConfig } from '../../config/config.ts';
import { findFreePort } from '../../dev/free-port.ts';
import { migrate, requireMigrated, waitForDatabase, type Progress } from '../database.ts';
import { startDemoApp, type DemoApp } from '../../dev/demo-app.ts';
import {
  provideOwnDatabase,
  resetEmbedded,
  type ProvidedDatabase,
} from '../../dev/embedded-database.ts';
import { logEverything } from '../log-progress.ts';
import { print } from '../output.ts';
import { DATA_FOLDER } from '../../dev/project-folders.ts';
import { serve } from './serve.ts';
import { endInOrder } from '../shutdown.ts';

/** The options of `consentry start`. */
export interface StartOptions {
  readonly port?: number;
  readonly demo: boolean;
  readonly reset?: true;
}

interface Starting {
  readonly hasDemo: boolean;
  readonly progress: Progress;
  /** Reports that the server accepts requests. */
  readonly welcome: (started: Started) => void;
}

interface Started {
  readonly config: Config;
  readonly demo: DemoAccess | null;
  readonly demoApp: DemoApp | null;
}

function toLog({ logLevel }: PartialConfig): Pick<Starting, 'progress' | 'welcome'> {
  const log = logEverything(logLevel);
  return {
    progress: (line) => log.info({}, line),
    welcome: ({ config: { issuer, host, port } }) =>
      log.info({ issuer, host, port }, 'the server accepts requests'),
  };
}

function printWelcome(started: Started): void {
  print(welcomeText(started));
}

/** `consentry start`: in development with database and demo app, in production only the server. */
export async function run(options: StartOptions): Promise<void> {
  let config = await readStartConfig(options.port);
  if (options.reset === true) {
    resetEmbedded(config);
    // The reset deleted the secrets as well; this creates new ones.
    config = await readStartConfig(config.port);
  }
  if (config.mode === 'production') await start(config, { hasDemo: false, ...toLog(config) });
  else await start(config, { hasDemo: options.demo, progress: print, welcome: printWelcome });
}

/** For port 0 a free port is chosen here, because the issuer must contain the port. */
async function readStartConfig(port: number | undefined): Promise<PartialConfig> {
  const overrides = port === undefined ? {} : { PORT: String(port) };
  const config = readConfig({ dataFolder: DATA_FOLDER, overrides });
  if (config.port !== 0) return config;
  const free = await findFreePort();
  return readConfig({ dataFolder: DATA_FOLDER, overrides: { PORT: String(free) } });
}

/** The parts that have been started, the last one first: they are stopped in that order. */
type Cleanups = (() => Promise<void>)[];

async function start(initial: PartialConfig, options: Starting): Promise<void> {
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
  options: Starting,
  cleanups: Cleanups,
): Promise<void> {
  const { progress, hasDemo, welcome } = options;
  const database = await provideOwnDatabase(initial, progress);
  cleanups.unshift(database.stop);
  const { config } = database;
  await prepareSchema(database, progress);
  if (hasDemo) progress('Filling in the demo data ...');
  const demo = hasDemo ? await seedDemo(config) : null;
  const server = await serve(config);
  cleanups.unshift(server.stop);
  const bookshop = demo?.bookshop ?? null;
  const demoApp = bookshop === null ? null : await startBookshop(config, bookshop);
  if (demoApp !== null) cleanups.unshift(demoApp.stop);
  welcome({ config, demo, demoApp });
}

async function prepareSchema(
  { config, isEmbedded }: ProvidedDatabase,
  progress: Progress,
): Promise<void> {
  const url = directUrlOf(config);
  const { databaseWaitSeconds: seconds } = config;
  await waitForDatabase({ url, seconds, progress });
  // No other process can migrate an embedded database.
  if (config.mode === 'production' && !isEmbedded) return requireMigrated(url, progress);
  progress('Checking the database schema ...');
  await migrate(url, progress);
}

async function startBookshop(
  config: Config,
  { clientId, clientSecret }: BookshopAccess,
): Promise<DemoApp | null> {
  return startDemoApp({ issuer: config.issuer, port: config.port + 1, clientId, clientSecret });
}

function welcomeText({ config, demo, demoApp }: Started): string {
  const lines = ['', `Consentry is ready: ${config.issuer}`];
  if (!config.issuer.endsWith(`:${String(config.port)}`))
    lines.push(`It listens on ${config.host}, port ${String(config.port)}.`);
  if (demoApp !== null) lines.push(`Open the Bookshop and sign in: ${demoApp.url}`);
  lines.push(...(demo?.lines ?? []));
  if (config.pages.hasOutbox) lines.push(`Mails and codes it would send: ${config.issuer}/outbox`);
  lines.push('Ctrl-C stops everything.', '');
  return lines.join('\n');
}
