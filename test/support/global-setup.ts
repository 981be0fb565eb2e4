import fs from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import os from 'node:os';
import path from 'node:path';

import type { RealServices } from './servers/real-services.ts';

let services: RealServices | undefined;
let compiledFolder: string | undefined;

/** Runs once before all workers: starts PostgreSQL with the template, and Redis. */
export async function mochaGlobalSetup(): Promise<void> {
  shareCompiledCode();
  services = await startServices().catch(giveUp);
  flushCompileCache();
  // Workers start later and inherit the environment.
  process.env['CONSENTRY_TEST_DATABASE'] = services.databaseUrl;
  process.env['CONSENTRY_TEST_TEMPLATE'] = services.templateName;
  process.env['CONSENTRY_TEST_REDIS'] = services.redisUrl;
}

/** Runs once after the last test, also when tests failed. */
export async function mochaGlobalTeardown(): Promise<void> {
  await services?.stop();
  if (compiledFolder !== undefined) fs.rmSync(compiledFolder, { recursive: true, force: true });
}

/** Workers and started programs use the code that this process compiles. */
function shareCompiledCode(): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return;
  compiledFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-compiled-'));
  enableCompileCache(compiledFolder);
  process.env['NODE_COMPILE_CACHE'] = compiledFolder;
}

/** Loads the server after the cache of compiled code is on. */
async function startServices(): Promise<RealServices> {
  const { startRealServices } = await import('./servers/real-services.ts');
  return startRealServices();
}

function giveUp(error: unknown): never {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
