import { startRealServices, type RealServices } from './servers/real-services.ts';

let services: RealServices | undefined;

/** Runs once before all workers: starts PostgreSQL with the migrated template, and Redis. */
export async function mochaGlobalSetup(): Promise<void> {
  services = await startRealServices().catch(giveUp);
  // Workers start later and inherit the environment.
  process.env['CONSENTRY_TEST_DATABASE'] = services.databaseUrl;
  process.env['CONSENTRY_TEST_TEMPLATE'] = services.templateName;
  process.env['CONSENTRY_TEST_REDIS'] = services.redisUrl;
}

/** Runs once after the last test, also when tests failed. */
export async function mochaGlobalTeardown(): Promise<void> {
  await services?.stop();
}

function giveUp(error: unknown): never {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
