/**
 * The treatment of the rows of one account when it is purged.
 *
 * `cascade`: the database removes them with the account. `delete`: removed before it, because no foreign key ties them.
 * `keep`: contains the id of an account that no longer exists, and nothing about the person.
 * `forget`: the row belongs to something else, or has to stay, and forgets the person.
 */
export type AccountTable =
  | { readonly table: string; readonly column: string; readonly fate: 'cascade' }
  | { readonly table: string; readonly column: string; readonly fate: 'keep' }
  | {
      readonly table: string;
      readonly column: string;
      readonly fate: 'delete';
      readonly inBatches?: true;
    }
  | {
      readonly table: string;
      readonly column: string;
      readonly fate: 'forget';
      /** Set to null with it. */
      readonly also?: readonly string[];
      /** Keeps the id, which leads nowhere once the account is gone. */
      readonly keepsId?: true;
    };

/**
 * Every column that names an account, as account, owner or actor. A test compares this list with the schema, so a new table
 * cannot be forgotten.
 */
export const ACCOUNT_TABLES: readonly AccountTable[] = [
  { table: 'account_keys', column: 'account_id', fate: 'cascade' },
  { table: 'attributes', column: 'account_id', fate: 'cascade' },
  { table: 'records', column: 'account_id', fate: 'cascade' },
  { table: 'identifiers', column: 'account_id', fate: 'cascade' },
  // Freed names: the name stays reserved, without its previous holder.
  { table: 'held_usernames', column: 'holder_id', fate: 'forget' },
  { table: 'password_credentials', column: 'account_id', fate: 'cascade' },
  { table: 'known_devices', column: 'account_id', fate: 'cascade' },
  { table: 'one_time_codes', column: 'account_id', fate: 'cascade' },
  { table: 'sessions', column: 'account_id', fate: 'cascade' },
  { table: 'grants', column: 'account_id', fate: 'cascade' },
  { table: 'consents', column: 'account_id', fate: 'cascade' },
  { table: 'consent_events', column: 'account_id', fate: 'cascade' },
  { table: 'check_ups', column: 'account_id', fate: 'cascade' },
  { table: 'avatar_files', column: 'account_id', fate: 'delete' },
  { table: 'account_external_ids', column: 'account_id', fate: 'cascade' },
  // Their pieces go with them.
  { table: 'account_exports', column: 'account_id', fate: 'cascade' },
  { table: 'refresh_tokens', column: 'account_id', fate: 'delete' },
  // A ledger can be long.
  { table: 'releases', column: 'account_id', fate: 'delete', inBatches: true },
  // The end of its chain, with the signed statement that the rows were removed rightly.
  { table: 'ledger_heads', column: 'account_id', fate: 'keep' },
  { table: 'ledger_checkpointed', column: 'account_id', fate: 'keep' },
  { table: 'custom_claims', column: 'created_by', fate: 'forget' },
  { table: 'custom_claims', column: 'updated_by', fate: 'forget' },
  // The record of security events stays complete; the person's addresses and browsers are removed.
  {
    table: 'audit_events',
    column: 'account_id',
    fate: 'forget',
    also: ['ip', 'user_agent'],
    keepsId: true,
  },
  {
    table: 'audit_events',
    column: 'actor_id',
    fate: 'forget',
    also: ['ip', 'user_agent'],
    keepsId: true,
  },
  { table: 'clients', column: 'owner_account_id', fate: 'forget' },
  { table: 'clients', column: 'created_by', fate: 'forget' },
  { table: 'clients', column: 'updated_by', fate: 'forget' },
  { table: 'resource_servers', column: 'created_by', fate: 'forget' },
  { table: 'resource_servers', column: 'updated_by', fate: 'forget' },
  { table: 'scopes', column: 'created_by', fate: 'forget' },
  { table: 'scopes', column: 'updated_by', fate: 'forget' },
];
