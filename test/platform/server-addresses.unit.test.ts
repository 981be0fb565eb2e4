import fs from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { isSameDatabase } from '../../src/config/parse-address.ts';
import {
  databaseNameOf,
  placeOf,
  readDatabaseAddress,
  withDatabaseName,
} from '../../src/platform/postgres/postgres-address.ts';
import { withSessionSettings } from '../../src/platform/postgres/postgres-session.ts';
import { readRedisAddress } from '../../src/platform/redis/redis-address.ts';

const TWO =
  'postgres://u:p%40w@one:5432,[::1]:6432/db?sslmode=require&target_session_attrs=read-write';

/** Files that may connect directly: one needs a single server, the other finds the server to connect to. */
const MAY_CONNECT = new Set(['embedded-postgres.ts', 'postgres-client.ts']);

describe('The address of several servers', () => {
  it('of PostgreSQL is supported everywhere: no other file creates clients of the driver', () => {
    const source = new URL('../../src/', import.meta.url);
    const files = fs
      .readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !MAY_CONNECT.has(path.basename(file)));
    expect(files.length).to.be.greaterThan(300);
    const offenders = files.filter((file) => {
      const text = fs.readFileSync(new URL(file, source), 'utf8');
      const isBare =
        /new pg\.Client\(|connectionString:(?! withSessionSettings\(await findWritable)/;
      return isBare.test(text);
    });
    expect(offenders).to.deep.equal([]);
  });

  it('of PostgreSQL is split into one URL per server, without the libpq attribute', () => {
    expect(readDatabaseAddress(TWO)).to.deep.equal({
      needsWritable: true,
      servers: [
        'postgres://u:p%40w@one:5432/db?sslmode=require',
        'postgres://u:p%40w@[::1]:6432/db?sslmode=require',
      ],
    });
    expect(readDatabaseAddress('postgres://one,two/db').needsWritable).to.equal(true);
    expect(readDatabaseAddress('postgres://one/db').needsWritable).to.equal(false);
    const primary = 'postgres://one/db?target_session_attrs=primary';
    expect(readDatabaseAddress(primary)).to.deep.equal({
      needsWritable: true,
      servers: ['postgres://one/db'],
    });
    for (const attribute of ['standby', 'prefer-standby', 'read-only', 'x']) {
      const url = `postgres://one/db?target_session_attrs=${attribute}`;
      expect(() => readDatabaseAddress(url)).to.throw('target_session_attrs');
    }
  });

  it('of PostgreSQL keeps its servers when database or settings are replaced', () => {
    expect(withDatabaseName(TWO, 'other')).to.equal(TWO.replace('/db', '/other'));
    expect(databaseNameOf(TWO)).to.equal('db');
    expect(placeOf(TWO)).to.equal('one:5432,[::1]:6432/db');
    for (const server of readDatabaseAddress(withSessionSettings(TWO)).servers) {
      expect(new URL(server).searchParams.get('options')).to.include('-c TimeZone=UTC');
    }
  });

  it('of PostgreSQL is the same database as another address when they share a server', () => {
    const one = 'postgres://u:p@two,one/db';
    expect(isSameDatabase(one, 'postgres://other@one:5432/db')).to.equal(true);
    expect(isSameDatabase(one, 'postgres://u:p@one/db2')).to.equal(false);
    expect(isSameDatabase(one, 'postgres://u:p@three/db')).to.equal(false);
  });

  it('of Redis contains sentinels with their master, or nodes of a cluster', () => {
    expect(readRedisAddress('redis://:word@one:6379/2').kind).to.equal('single');
    expect(
      readRedisAddress(
        'rediss+sentinel://ana:w%3Ard@one,two:26380/the-master/3?sentinelPassword=s',
      ),
    ).to.deep.equal({
      kind: 'sentinel',
      masterName: 'the-master',
      servers: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_380 },
      ],
      isTls: true,
      username: 'ana',
      password: 'w:rd',
      database: 3,
      sentinelPassword: 's',
    });
    expect(readRedisAddress('redis+cluster://:word@one:7000,[::1]:7001')).to.deep.include({
      kind: 'cluster',
      servers: [
        { host: 'one', port: 7000 },
        { host: '::1', port: 7001 },
      ],
      username: undefined,
      password: 'word',
    });
  });

  it('of Redis is refused when it is not valid, without its content in the message', () => {
    for (const url of [
      'redis+sentinel://one:26379',
      'redis+sentinel://one:26379/master/x',
      'redis+sentinel:///master',
      'redis+cluster://one/3',
      'redis+cluster://secret-word,/0',
      'redis+other://one',
    ]) {
      expect(() => readRedisAddress(url), url)
        .to.throw(Error)
        .with.property('message')
        .that.does.not.include('secret-word');
    }
  });
});
