import { inflateRawSync } from 'node:zlib';

import { createExportWords } from '../../src/exports/http.ts';
import { createExports, type Exports, type ExportSection } from '../../src/exports/index.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { translator } from '../support/translations.ts';

/** A value that would do harm on a page that believed it. */
export const HOSTILE = '<img src=x onerror=alert(1)> {{7*7}} $t(title)';
/** The first of several attempts at a job. */
export const RUN = { signal: new AbortController().signal, isLastAttempt: false };

/** Two nodes on one database, and a person whose data are exported; a new one for each test. */
export interface ExportScene {
  readonly connected: Connected;
  readonly other: Connected;
  readonly clock: SettableClock;
  readonly ana: TestPerson;
  /** @returns the id of a requested export. */
  request(): Promise<string>;
  /** @returns the id of one that is made. */
  ready(): Promise<string>;
  fetchFiles(exportId: string): Promise<ReadonlyMap<string, Buffer>>;
  /** Pieces in the database. */
  chunkCount(): Promise<number>;
  /** Exports whose `data.json` consists of something else, and whose page is empty. */
  withSections(sections: readonly ExportSection[]): Exports;
}

/** Sets the scene up and takes it down, in hooks of the suite that calls it. */
export function useExportScene(): ExportScene {
  const clock = settableClock();
  let database: TestDatabase;
  let connected: Connected;
  let other: Connected;
  let ana: TestPerson;

  before(async () => {
    database = await createTestDatabase();
    connected = await connect(testConfig(database.url), { clock });
    other = await connect(testConfig(database.url), { clock });
    await connected.ledger.ensurePartitions();
  });

  after(async () => {
    await connected.close();
    await other.close();
    await database.drop();
  });

  beforeEach(async () => {
    ana = await createPerson(connected, {
      values: {
        name: ['Ana Petrova', HOSTILE],
        phone_number: ['+12025550143'],
        address: [{ locality: 'Lisbon', country: 'Portugal' }],
      },
    });
  });

  afterEach(async () => {
    await connected.db.pool.query('delete from accounts where id = $1', [ana.accountId]);
  });

  const request = async (): Promise<string> =>
    (await connected.exports.request({ accountId: ana.accountId, locale: 'en' })).id;

  return {
    get connected() {
      return connected;
    },
    get other() {
      return other;
    },
    clock,
    get ana() {
      return ana;
    },
    request,
    ready: async () => {
      const exportId = await request();
      await connected.exports.make({ exportId, ...RUN });
      return exportId;
    },
    fetchFiles: async (exportId) => {
      const { body } = await connected.exports.download({ accountId: ana.accountId, exportId });
      return unzip(await readAll(body));
    },
    chunkCount: async () => {
      const { rows } = await connected.db.pool.query<{ count: string }>(
        'select count(*) from account_export_chunks',
      );
      return Number(rows[0]?.count);
    },
    withSections: (sections) =>
      createExports({
        ...connected,
        issuer: 'http://localhost',
        words: createExportWords(translator),
        sections,
        parts: [],
      }),
  };
}

/** A section with the records of a test. */
export function section(read: ExportSection['read']): ExportSection {
  return { name: 'attributes', read };
}

/** Reads the files of a ZIP archive by its central directory (APPNOTE 4.3). */
export function unzip(archive: Buffer): ReadonlyMap<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end === -1) throw new Error('not a whole ZIP file');
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = archive.subarray(start, start + size);
    files.set(name, archive.readUInt16LE(at + 10) === 8 ? inflateRawSync(content) : content);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

/** A whole stream. */
export async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
