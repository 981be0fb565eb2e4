import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

/**
 * Foreign keys with which PostgreSQL changes rows when another row is deleted, and how caches and the history are updated. A new foreign
 * key of this kind needs a line here.
 */
const DECISIONS: Readonly<Record<string, string>> = {
  'account_export_chunks -> account_exports: cascade': 'not copied',
  'account_exports -> accounts: cascade': 'not copied',
  'account_alerts -> accounts: cascade': 'not copied',
  'account_external_ids -> accounts: cascade': 'not copied',
  'account_keys -> accounts: cascade': 'copies belong to an account that is refused everywhere',
  'attributes -> accounts: cascade': 'copies belong to an account that is refused everywhere',
  'check_ups -> accounts: cascade': 'not copied',
  'client_requests -> clients: cascade': 'an app is never deleted as a row: its status is',
  'client_secrets -> clients: cascade': 'an app is never deleted as a row: its status is',
  'clients -> accounts: set null': 'trigger clients_ownerless drops the copies',
  'client_logos -> clients: cascade':
    'an app is never deleted as a row; its logo ends with its deletion',
  'consent_events -> accounts: cascade': 'the history of a purged person goes with it',
  'consent_items -> attributes: set null': 'trigger consent_items_emptied drops the copies',
  'consent_items -> consents: cascade': 'a consent is deleted with its account only',
  'consent_scopes -> consents: cascade': 'a consent is deleted with its account only',
  'consents -> accounts: cascade': 'copies belong to an account that is refused everywhere',
  'consents -> clients: cascade': 'an app is never deleted as a row: a job ends its consents',
  'grants -> accounts: cascade': 'the deletion of the account revoked them before',
  'held_usernames -> accounts: set null': 'not copied; the name stays held',
  'identifiers -> accounts: cascade': 'not copied',
  'identifiers -> attributes: cascade': 'not copied',
  'known_devices -> accounts: cascade': 'not copied',
  'one_time_codes -> accounts: cascade': 'not copied',
  'password_credentials -> accounts: cascade': 'not copied',
  'records -> accounts: cascade': 'not copied',
  'passkey_owners -> accounts: cascade': 'not copied',
  'passkeys -> passkey_owners: cascade': 'not copied',
  'recovery_codes -> accounts: cascade': 'not copied',
  'revocation_refusals -> revocation_rounds: cascade': 'a round is copied whole, when it is over',
  'sessions -> accounts: cascade': 'the deletion of the account ended them before',
  'totp_credentials -> accounts: cascade': 'not copied',
};

describe('Foreign keys that delete or change rows', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  it('each have a decision about caches and history', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select conrelid::regclass::text || ' -> ' || confrelid::regclass::text || ': '
         || case confdeltype when 'c' then 'cascade' when 'n' then 'set null' else 'set default' end as name
       from pg_constraint join pg_class on pg_class.oid = conrelid
       where contype = 'f' and confdeltype in ('c', 'n', 'd') and relnamespace = 'public'::regnamespace
         and not relispartition
       order by 1`,
    );
    await client.end();
    const names = [...new Set(rows.map(({ name }) => name))];
    expect(names).to.have.members(Object.keys(DECISIONS));
  });
});
