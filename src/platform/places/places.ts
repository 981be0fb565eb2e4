import fs from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

import { Reader, type Response } from 'mmdb-lib';

import type { Clock } from '../clock.ts';
import { formatLocale } from '../formats.ts';
import { isPublicAddress, plainAddress } from '../ip-address.ts';
import type { Logger } from '../logger.ts';

/** Finds the approximate place of a network address. */
export interface Places {
  /** City and country in the language of the reader, `Berlin, Germany`; null when it is not known. */
  describe(address: string, locale: string): string | null;
}

interface PlacesDeps {
  /** Null: no place is known. */
  readonly file: string | null;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock: Clock;
}

/** Addresses of networks in several countries: every database of countries or cities has some of them. */
const KNOWN_ADDRESSES = ['8.8.8.8', '1.1.1.1', '193.0.6.139', '2001:4860:4860::8888'];
const CHECK_MS = 60_000;

/** An entry of the usual databases; members differ between publishers. */
interface Entry {
  /** GeoLite2, DB-IP. */
  readonly country?: { readonly iso_code?: unknown } | string | null;
  /** ip-location-db. */
  readonly country_code?: unknown;
  readonly city?: { readonly names?: Readonly<Record<string, unknown>> } | string | null;
}

type Database = Reader<Response>;

/**
 * Checks a MaxMind DB file of countries or cities (MaxMind DB File Format Specification 2.0).
 * @throws Error whose message completes "<setting> ...".
 */
export function checkPlaceDatabase(file: string): string {
  try {
    openDatabase(fs.readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`cannot be read (${code})`, { cause: error });
  }
  return file;
}

/** The database of a file that `checkPlaceDatabase` accepted. A file that replaces it is read within a minute of its next use. */
export function openPlaces({ file, log, clock }: PlacesDeps): Places {
  if (file === null) return { describe: () => null };
  let database = openDatabase(fs.readFileSync(file));
  let version = versionOf(fs.statSync(file));
  let checkedAt = clock.now().getTime();
  const reload = async (): Promise<void> => {
    try {
      const found = versionOf(await stat(file));
      if (found === version) return;
      version = found;
      database = openDatabase(await readFile(file));
      log.info({}, 'the replaced GEO_DATABASE is in use');
    } catch (error) {
      log.warn({ err: error }, 'GEO_DATABASE cannot be used: the earlier one stays in use');
    }
  };
  return {
    describe: (address, locale) => {
      const now = clock.now().getTime();
      if (now - checkedAt > CHECK_MS) {
        checkedAt = now;
        void reload();
      }
      // Databases contain entries for private networks, too.
      return isPublicAddress(address) ? describeEntry(find(database, address), locale) : null;
    },
  };
}

function versionOf({ mtimeMs, size, ino }: fs.Stats): string {
  return [mtimeMs, size, ino].join(':');
}

/** @throws Error when it is no database of places. */
function openDatabase(content: Buffer): Database {
  let database: Database;
  try {
    database = new Reader(content);
  } catch (cause) {
    throw new Error('must be a database in the format MMDB', { cause });
  }
  const { searchTreeSize } = database.metadata;
  if (searchTreeSize > content.length) throw new Error('is incomplete: copy the file again');
  if (!KNOWN_ADDRESSES.some((address) => countryOf(find(database, address)) !== null))
    throw new Error('must contain countries or cities of networks');
  return database;
}

/** Null also for an entry that cannot be decoded. */
function find(database: Database, address: string): Entry | null {
  const plain = plainAddress(address);
  // In a database of IPv4 addresses, the first bits of any other address would be looked up.
  const isOther = database.metadata.ipVersion === 4 && plain?.includes(':') === true;
  if (plain === null || isOther) return null;
  try {
    return database.get(plain) as Entry | null;
  } catch {
    return null;
  }
}

function describeEntry(entry: Entry | null, locale: string): string | null {
  const code = countryOf(entry);
  const country = code === null ? null : (namesIn(locale).of(code) ?? code);
  const parts = [cityOf(entry, locale), country].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

function countryOf(entry: Entry | null): string | null {
  const { country, country_code: flat } = entry ?? {};
  const code = typeof country === 'object' ? country?.iso_code : (flat ?? country);
  return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : null;
}

function cityOf(entry: Entry | null, locale: string): string | null {
  const { city } = entry ?? {};
  const name = typeof city === 'object' ? (city?.names?.[locale] ?? city?.names?.['en']) : city;
  return typeof name === 'string' && name !== '' ? name : null;
}

// Building one costs more than a lookup in it.
const names = new Map<string, Intl.DisplayNames>();

function namesIn(locale: string): Intl.DisplayNames {
  const known = names.get(locale);
  const found = known ?? new Intl.DisplayNames([formatLocale(locale), 'en'], { type: 'region' });
  names.set(locale, found);
  return found;
}
