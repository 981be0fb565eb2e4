/** The treatment of the rows of one account when it is purged. */
export type AccountTable = { readonly table: string; readonly column: string } & (
  | {
      /**
       * `cascade`: the database removes them with the account.
       * `keep`: contains the id of an account that no longer exists, and nothing about the person.
       */
      readonly fate: 'cascade' | 'keep';
    }
  | {
      /** Removed before the account, because no foreign key connects them. */
      readonly fate: 'delete';
      readonly inBatches?: true;
    }
  | {
      /** The row belongs to another object or has to stay; the references to the person are removed. */
      readonly fate: 'forget';
      /** Further columns that are set to null. */
      readonly also?: readonly string[];
      /** The id stays: it refers to no account after the purge. */
      readonly keepsId?: true;
    }
);

const AUDIT = { fate: 'forget', also: ['ip', 'user_agent'], keepsId: true } as const;

/**
 * Every column that names an account, as account, owner or actor. A test compares this list with the schema, so a new table
 * cannot be forgotten.
 */
export const ACCOUNT_TABLES: readonly AccountTable[] = [
  { table: 'account_keys', column: 'account_id', fate: 'cascade' },
  { table: 'attributes', column: 'account_id', fate: 'cascade' },
  { table: 'records', column: 'account_id', fate: 'cascade' },
  { table: 'identifiers', column: 'account_id', fate: 'cascade' },
  // Freed usernames stay reserved, without a reference to the person.
  { table: 'held_usernames', column: 'holder_id', fate: 'forget' },
  { table: 'password_credentials', column: 'account_id', fate: 'cascade' },
  { table: 'totp_credentials', column: 'account_id', fate: 'cascade' },
  { table: 'recovery_codes', column: 'account_id', fate: 'cascade' },
  { table: 'passkey_owners', column: 'account_id', fate: 'cascade' },
  { table: 'passkeys', column: 'account_id', fate: 'cascade' },
  { table: 'known_devices', column: 'account_id', fate: 'cascade' },
  { table: 'account_alerts', column: 'account_id', fate: 'cascade' },
  { table: 'one_time_codes', column: 'account_id', fate: 'cascade' },
  { table: 'sessions', column: 'account_id', fate: 'cascade' },
  // For at most 14 days: an app is notified also when the account is purged at once.
  { table: 'logout_notices', column: 'account_id', fate: 'keep' },
  { table: 'grants', column: 'account_id', fate: 'cascade' },
  { table: 'consents', column: 'account_id', fate: 'cascade' },
  { table: 'consent_events', column: 'account_id', fate: 'cascade' },
  { table: 'check_ups', column: 'account_id', fate: 'cascade' },
  { table: 'avatar_files', column: 'account_id', fate: 'delete' },
  { table: 'account_external_ids', column: 'account_id', fate: 'cascade' },
  // Their chunks are removed with them.
  { table: 'account_exports', column: 'account_id', fate: 'cascade' },
  { table: 'refresh_tokens', column: 'account_id', fate: 'delete' },
  // A ledger can be long.
  { table: 'releases', column: 'account_id', fate: 'delete', inBatches: true },
  // The end of its chain, with the signed statement that the server removed the rows.
  { table: 'ledger_heads', column: 'account_id', fate: 'keep' },
  { table: 'ledger_checkpointed', column: 'account_id', fate: 'keep' },
  { table: 'custom_claims', column: 'created_by', fate: 'forget' },
  { table: 'custom_claims', column: 'updated_by', fate: 'forget' },
  // The record of security events stays complete; the person's addresses and browsers are removed.
  { table: 'audit_events', column: 'account_id', ...AUDIT },
  { table: 'audit_events', column: 'actor_id', ...AUDIT },
  { table: 'clients', column: 'owner_account_id', fate: 'forget' },
  { table: 'clients', column: 'created_by', fate: 'forget' },
  { table: 'clients', column: 'updated_by', fate: 'forget' },
  { table: 'resource_servers', column: 'created_by', fate: 'forget' },
  { table: 'resource_servers', column: 'updated_by', fate: 'forget' },
  { table: 'scopes', column: 'created_by', fate: 'forget' },
  { table: 'scopes', column: 'updated_by', fate: 'forget' },
];
