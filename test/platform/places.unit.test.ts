import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { systemClock } from '../../src/platform/clock.ts';
import { checkPlaceDatabase, openPlaces } from '../../src/platform/places/places.ts';
import { settableClock } from '../support/clock.ts';
import { waitFor } from '../support/wait-for.ts';

const FOLDER = path.dirname(
  createRequire(import.meta.url).resolve('@ip-location-db/geo-whois-asn-country-mmdb/package.json'),
);
const COUNTRIES = path.join(FOLDER, 'geo-whois-asn-country.mmdb');
const IPV4_ONLY = path.join(FOLDER, 'geo-whois-asn-country-ipv4.mmdb');
const log = { info: () => undefined, warn: () => undefined };
const placesOf = (file: string | null) => openPlaces({ file, log, clock: systemClock });

describe('The place of a network address', () => {
  let folder: string;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'places-'));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  const fileWith = (content: string | Buffer): string => {
    const file = path.join(folder, 'places.mmdb');
    fs.writeFileSync(file, content);
    return file;
  };

  it('is named in the language of the reader', () => {
    const places = placesOf(checkPlaceDatabase(COUNTRIES));
    const read = (address: string, locale: string) => places.describe(address, locale);
    expect(read('193.0.6.139', 'en')).to.equal('Netherlands');
    expect(read('193.0.6.139', 'ru')).to.equal('Нидерланды');
    expect(read('2001:4860:4860::8888', 'en')).to.equal('United States');
    expect(read('::ffff:8.8.8.8', 'en')).to.equal('United States');
  });

  it('is unknown for private addresses, other text and without a database', () => {
    const places = placesOf(COUNTRIES);
    for (const address of ['127.0.0.1', '192.168.1.7', 'fe80::1', '', 'somewhere', '8.8.8.8/8'])
      expect(places.describe(address, 'en'), address).to.equal(null);
    expect(placesOf(null).describe('8.8.8.8', 'en')).to.equal(null);
  });

  it('is read from a file that replaces the first one, unless the new one cannot be used', async () => {
    const clock = settableClock();
    const file = path.join(folder, 'replaced.mmdb');
    fs.copyFileSync(IPV4_ONLY, file);
    let warnings = 0;
    const warn = () => {
      warnings += 1;
    };
    const places = openPlaces({ file, log: { ...log, warn }, clock });
    const ipv6 = () => places.describe('2001:4860:4860::8888', 'en');
    expect(ipv6()).to.equal(null);
    fs.copyFileSync(COUNTRIES, `${file}.new`);
    fs.renameSync(`${file}.new`, file);
    clock.advance(61);
    await waitFor('the new file to be in use', () => ipv6() === 'United States');
    fs.writeFileSync(file, 'hello');
    clock.advance(61);
    expect(ipv6()).to.equal('United States');
    await waitFor('the other file to be refused', () => warnings > 0);
    expect(ipv6()).to.equal('United States');
  });

  const whole = fs.readFileSync(COUNTRIES);
  const METADATA_BYTES = 2_000;
  const REFUSED: readonly (readonly [string, () => string, string])[] = [
    ['is not there', () => path.join(folder, 'missing.mmdb'), 'cannot be read (ENOENT)'],
    ['is a folder', () => folder, 'cannot be read (EISDIR)'],
    ['is empty', () => fileWith(''), 'must be a database in the format MMDB'],
    ['is text', () => fileWith('hello'), 'must be a database in the format MMDB'],
    [
      'is cut at the end',
      () => fileWith(whole.subarray(0, 1_000_000)),
      'must be a database in the format MMDB',
    ],
    [
      'lacks its beginning',
      () => fileWith(whole.subarray(whole.length - METADATA_BYTES)),
      'is incomplete: copy the file again',
    ],
    [
      'contains no places',
      () => fileWith(Buffer.concat([Buffer.alloc(whole.length), whole.subarray(-METADATA_BYTES)])),
      'must contain countries or cities of networks',
    ],
  ];
  for (const [what, make, sentence] of REFUSED) {
    it(`cannot be configured with a file that ${what}`, () => {
      expect(() => checkPlaceDatabase(make())).to.throw(sentence);
    });
  }
});
