// `npm run check`: everything that is not a test. Runs all of it, then lists the failed checks.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

interface Check {
  readonly name: string;
  /** A script, or the program of a package as "package:program". */
  readonly script: string;
  readonly args?: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'lockfile', script: 'scripts/check-lockfile.ts' },
  { name: 'types', script: '@typescript/native:tsc', args: ['--noEmit'] },
  { name: 'lint', script: 'oxlint:oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', script: 'prettier:prettier', args: ['--check', '--log-level', 'warn', '.'] },
  {
    name: 'import rules',
    script: 'dependency-cruiser:depcruise',
    args: ['src', 'seeds', '--config', '.dependency-cruiser.cjs'],
  },
  { name: 'dead code', script: 'knip:knip' },
  {
    name: 'tests without servers',
    script: 'mocha:mocha',
    args: ['--config', '.mocharc.unit.json', '--reporter', 'dot'],
  },
  { name: 'configuration docs', script: 'scripts/configuration-table.ts', args: ['--check'] },
  { name: 'API docs', script: 'scripts/openapi-document.ts', args: ['--check'] },
  { name: 'format of exports', script: 'scripts/export-schema.ts', args: ['--check'] },
];

function main(): void {
  const failed = CHECKS.filter((check) => !passes(check)).map(({ name }) => name);
  process.stdout.write(
    failed.length === 0 ? 'All checks passed.\n' : `Failed: ${failed.join(', ')}\n`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

function passes({ name, script, args = [] }: Check): boolean {
  process.stdout.write(`${name} ...\n`);
  const run = spawnSync(process.execPath, [resolveScript(script), ...args], {
    cwd: PROJECT,
    stdio: 'inherit',
  });
  return run.status === 0;
}

function resolveScript(script: string): string {
  const [name = '', program] = script.split(':');
  if (program === undefined) return path.join(PROJECT, name);
  const folder = path.join(PROJECT, 'node_modules', name);
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    bin: string | Readonly<Record<string, string>>;
  };
  const file = typeof bin === 'string' ? bin : bin[program];
  if (file === undefined) throw new Error(`${name} has no program ${program}`);
  return path.join(folder, file);
}

main();
