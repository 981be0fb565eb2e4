import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import type { ImportAccountsInput, ImportResult, LineProblem } from '../../src/imports/index.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

/** A database, everything connected to it, and a folder for files. */
export interface ImportScene {
  readonly connected: Connected;
  readonly database: TestDatabase;
  readonly folder: string;
  /** Writes a file and imports it. */
  run(content: string | Buffer, settings?: Partial<ImportAccountsInput>): Promise<ImportRun>;
  /** Rows of a table. */
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

export interface ImportRun extends ImportResult {
  readonly problems: readonly LineProblem[];
  /** `line field code` of each problem. */
  readonly told: readonly string[];
}

/** Opens it; close it in an `after` hook. */
export async function openImportScene(): Promise<ImportScene> {
  const database = await createTestDatabase();
  const connected = await connect(testConfig(database.url));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-import-'));
  return {
    connected,
    database,
    folder,
    run: async (content, settings = {}) => {
      const file = path.join(folder, `accounts.${settings.format ?? 'ndjson'}`);
      fs.writeFileSync(file, content);
      return importFile(connected, { file, ...settings });
    },
    count: async (table) => {
      const { rows } = await connected.db.pool.query<{ count: string }>(
        `select count(*) from ${table}`,
      );
      return Number(rows[0]?.count);
    },
    close: async () => {
      await connected.close();
      await database.drop();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

/** Imports a file that exists. */
export async function importFile(
  { imports }: Pick<Connected, 'imports'>,
  settings: Partial<ImportAccountsInput> & { readonly file: string },
): Promise<ImportRun> {
  const problems: LineProblem[] = [];
  const result = await imports.importAccounts({
    format: 'ndjson',
    onExisting: 'fail',
    mode: 'normal',
    batchSize: 100,
    isFromTop: false,
    signal: new AbortController().signal,
    onStart: () => undefined,
    onProgress: () => undefined,
    onProblem: async (problem) => void problems.push(problem),
    ...settings,
  });
  const told = problems.map(({ line, field, code }) => `${String(line)} ${field ?? '-'} ${code}`);
  return { ...result, problems, told };
}

/** Lines of JSON. */
export function lines(...records: readonly unknown[]): string {
  return records
    .map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`)
    .join('');
}

let counter = 0;

/** A record that can be imported, with an address of its own. */
export function anybody(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  counter += 1;
  return { email: `import${String(counter)}@example.org`, email_verified: true, ...more };
}
