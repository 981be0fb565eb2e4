import { connect } from '../../src/server/services.ts';
import { scaleConfig } from './environment.ts';

export interface ExportMeasurement {
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Memory of the process that makes it, ten times a second. */
  readonly rssMib: readonly number[];
}

const EVENTS = 100_000;
const EVENTS_AT_ONCE = 10_000;
const SAMPLE_MS = 100;

/** Exports and downloads one account with a very long history. */
export async function measureExport(databaseUrl: string): Promise<ExportMeasurement> {
  const connected = await connect(scaleConfig(databaseUrl));
  try {
    const { db, accounts, vault, exports } = connected;
    const { id: accountId } = await db.transaction(async (tx) => {
      const account = await accounts.create(tx, { status: 'active', locale: 'en' });
      await vault.createKey(tx, account.id);
      return account;
    });
    for (let from = 0; from < EVENTS; from += EVENTS_AT_ONCE) {
      await db.query({
        name: 'scale-fill-history',
        text: `insert into audit_events (kind, account_id, ip, user_agent, request_id, details, occurred_at)
               select 'sign_in.succeeded', $1, '192.0.2.1', md5(n::text), md5(n::text), '{}', now() - ($4::int - n) * interval '1 second'
               from generate_series($2::int + 1, $2::int + $3::int) as n`,
        values: [accountId, from, EVENTS_AT_ONCE, EVENTS],
      });
    }
    const rssMib: number[] = [];
    const sampling = setInterval(() => rssMib.push(process.memoryUsage.rss() / 2 ** 20), SAMPLE_MS);
    const startedAt = performance.now();
    const { id: exportId } = await exports.request({ accountId, locale: 'en' });
    await exports.make({ exportId, signal: new AbortController().signal, isLastAttempt: true });
    const { body } = await exports.download({ accountId, exportId });
    let bytes = 0;
    for await (const part of body) bytes += (part as Buffer).length;
    clearInterval(sampling);
    return { records: EVENTS, bytes, seconds: (performance.now() - startedAt) / 1_000, rssMib };
  } finally {
    await connected.close();
  }
}
