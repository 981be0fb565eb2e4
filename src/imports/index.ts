/** imports: accounts that come from another system. */
import { deriveKey } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import {
  type ExternalAccount,
  findExternalAccount,
  noteExternalAccount,
} from './external-account.ts';
import { importAccounts, type ImportAccountsInput, type ImportResult } from './import-accounts.ts';
import type { ImportDeps, ImportParts } from './import-parts.ts';

export type {
  ImportAccountsInput,
  ImportFormat,
  ImportProgress,
  ImportResult,
  ImportStart,
} from './import-accounts.ts';
export type { ExternalAccount } from './external-account.ts';
export type { ImportDeps } from './import-parts.ts';
export type { LineProblem } from './import-record.ts';

/** Use cases of this slice. */
export interface Imports {
  /** See {@link importAccounts}. */
  importAccounts(input: ImportAccountsInput): Promise<ImportResult>;
  /** See {@link findExternalAccount}. */
  findExternal(externalId: string): Promise<string | null>;
  /** See {@link noteExternalAccount}. */
  noteExternal(tx: Database, account: ExternalAccount): Promise<void>;
}

/** Connects the use cases to their tables. */
export function createImports(deps: ImportDeps): Imports {
  const parts: ImportParts = Object.freeze({
    ...deps,
    externalIdKey: deriveKey(deps.blindIndexKey, 'external ids'),
  });
  return Object.freeze({
    importAccounts: (input: ImportAccountsInput) => importAccounts(parts, input),
    findExternal: (externalId: string) => findExternalAccount(parts, parts.db, externalId),
    noteExternal: (tx: Database, account: ExternalAccount) =>
      noteExternalAccount(parts, tx, account),
  });
}
