import type { Accounts } from '../accounts/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Authentication } from '../authentication/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Languages } from '../platform/languages.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Vault } from '../vault/index.ts';

export interface ImportsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'recordForAccounts'>;
  readonly accounts: Pick<Accounts, 'importMany' | 'takeBack'>;
  readonly languages: Pick<Languages, 'installed'>;
  readonly scopes: Pick<Scopes, 'claims'>;
  readonly vault: Pick<
    Vault,
    'importValues' | 'findOwners' | 'indexIdentifier' | 'endOwnQuarantines'
  >;
  readonly authentication: Pick<Authentication, 'importPasswords'>;
  readonly blindIndexKey: Buffer;
}

/** The dependencies of the use cases of this slice. */
export interface ImportsContext extends ImportsDeps {
  /** For ids of other systems only, derived from the blind index key. */
  readonly externalIdKey: Buffer;
}
