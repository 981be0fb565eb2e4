/** imports: accounts that come from another system. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { deriveKey } from '../platform/keys/encryption.ts';
import type { ImportsDeps } from './context.ts';
import { findExternalAccount, noteExternalAccount } from './external-account.ts';
import { importAccounts } from './import-accounts.ts';

export type {
  ImportAccountsInput,
  ImportFormat,
  ImportProgress,
  ImportResult,
  ImportStart,
} from './import-accounts.ts';
export type { LineProblem } from './import-record.ts';

/** Connects the use cases to their dependencies. */
export function createImports(deps: ImportsDeps) {
  const externalIdKey = deriveKey(deps.blindIndexKey, 'external ids');
  return bindUseCases(
    { ...deps, externalIdKey },
    { importAccounts, findExternal: findExternalAccount, noteExternal: noteExternalAccount },
  );
}
