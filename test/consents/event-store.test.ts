import { expect } from 'chai';

import { createConsentStore } from '../../src/consents/consent-store.ts';
import {
  openPostgres,
  type Database,
  type Postgres,
} from '../../src/platform/postgres/postgres.ts';
import { consentWith } from './example-consent.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const ID = '00000000-0000-4000-8000-000000000001';

describe('The history of consents', () => {
  let database: TestDatabase;
  let db: Postgres;

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 2, applicationName: 'consent-events-test' });
  });
  after(async () => {
    await db?.close();
    await database?.drop();
  });

  /** The plan of the only statement of `work`, when PostgreSQL avoids reading whole tables. */
  async function planOf(work: (db: Database) => Promise<unknown>): Promise<string> {
    const plans: string[] = [];
    const query: Database['query'] = async (statement) => {
      if (!('text' in statement)) throw new Error('the statement is not prepared');
      const { text, values } = statement;
      const client = await db.pool.connect();
      try {
        await client.query('set enable_seqscan = off');
        const { rows } = await client.query(`explain ${text}`, [...(values ?? [])]);
        plans.push(rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n'));
      } finally {
        client.release(true);
      }
      return [];
    };
    await work({ ...db, query });
    expect(plans).to.have.length(1);
    return plans.join('\n');
  }

  it('finds a relinquished claim without reading the events of other people', async () => {
    const consent = { ...consentWith([]), id: ID, accountId: ID };
    const plan = await planOf((on) => createConsentStore(on).wasRelinquished(consent, 'email'));
    expect(plan).to.include('consent_events_of_app').and.to.include('account_id');
  });
});
