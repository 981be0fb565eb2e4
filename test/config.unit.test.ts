import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { ConfigError, readConfig, type PartialConfig } from '../src/config/config.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const PRODUCTION = {
  NODE_ENV: 'production',
  ISSUER: 'https://id.example',
  DATABASE_URL: 'postgres://u:p@db/consentry',
  KEY_STORE_URL: 'postgres://u:p@db/consentry_keys',
  MASTER_KEYS: `2:${KEY},1:${Buffer.alloc(32, 2).toString('base64')}`,
  BLIND_INDEX_KEY: KEY,
  COOKIE_KEYS: 'a'.repeat(32),
  PAIRWISE_SALT: 'b'.repeat(32),
  SMTP_URL: 'smtp://mail:587',
  MAIL_FROM: 'Consentry <id@example.com>',
};

describe('configuration', () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-config-'));
  });

  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const read = (environment: NodeJS.ProcessEnv): PartialConfig =>
    readConfig({ dataFolder: folder, environment });

  const problemsOf = (environment: NodeJS.ProcessEnv): readonly string[] => {
    try {
      read(environment);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  it('needs no setting in development', () => {
    const config = read({});
    expect(config).to.include({
      mode: 'development',
      issuer: 'http://localhost:3000',
      host: '127.0.0.1',
      databaseUrl: null,
    });
    expect(config.pages.hasOutbox).to.equal(true);
  });

  it('refuses a database of places that cannot be read, in one line', () => {
    const file = path.join(folder, 'missing.mmdb');
    expect(problemsOf({ GEO_DATABASE: file })).to.deep.equal([
      `GEO_DATABASE cannot be read (ENOENT); it is "${file}"`,
    ]);
  });

  it('reports every problem at once, one line each, and never a value of a secret', () => {
    const problems = problemsOf({
      PORT: '70000',
      ISSUER: 'ftp://x',
      MASTER_KEYS: 'sesame',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXIES: 'nowhere',
    });
    expect(problems.map((line) => line.split(' ')[0])).to.have.members([
      'PORT',
      'ISSUER',
      'MASTER_KEYS',
      'LOG_LEVEL',
      'TRUSTED_PROXIES',
    ]);
    expect(problems.join('')).not.to.include('sesame').and.not.to.include('\n');
  });

  it('refuses the address of a server without a host in one clear line', () => {
    const addresses = {
      DATABASE_URL: ['postgres:///db', 'postgres://u:p@/db', 'postgres://:5432/db', 'postgres://'],
      REDIS_URL: ['redis://', 'redis://:6379', 'rediss://:secret-word@/0'],
      SMTP_URL: ['smtp://:587', 'smtps://u:secret-word@'],
    };
    for (const [name, wrong] of Object.entries(addresses)) {
      for (const address of wrong) {
        const [problem, ...others] = problemsOf({ [name]: address });
        expect(problem, address).to.match(new RegExp(`^${name} must name a host: \\w+://host$`));
        expect(others).to.deep.equal([]);
      }
    }
    const socket = 'postgres:///db?host=/var/run/postgresql';
    expect(read({ DATABASE_URL: socket }).databaseUrl).to.equal(socket);
  });

  it('has a reader in the server for every setting', () => {
    const leaves = leavesOf(read({}));
    expect(leaves).to.have.length.above(40);
    const source = fileURLToPath(new URL('../src', import.meta.url));
    const text = fs
      .readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith('config'))
      .map((name) => fs.readFileSync(path.join(source, name), 'utf8'))
      .join('\n');
    const unread = leaves.filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
    expect(unread).to.deep.equal([]);
  });

  it('writes nothing when there is a problem', () => {
    problemsOf({ PORT: 'x' });
    expect(fs.readdirSync(folder)).to.deep.equal([]);
  });

  it('makes development secrets once, readable for their owner only', () => {
    const first = read({});
    expect(read({}).secrets).to.deep.equal(first.secrets);
    expect(fs.statSync(path.join(folder, 'secrets.json')).mode & 0o777).to.equal(0o600);
  });

  it('does not replace damaged development secrets', () => {
    fs.writeFileSync(path.join(folder, 'secrets.json'), '{}');
    expect(() => read({})).to.throw('damaged');
  });

  it('has no default secret in production', () => {
    const problems = problemsOf({ NODE_ENV: 'production' });
    for (const name of [
      'ISSUER',
      'DATABASE_URL',
      'KEY_STORE_URL',
      'MASTER_KEYS',
      'BLIND_INDEX_KEY',
      'COOKIE_KEYS',
      'PAIRWISE_SALT',
      'SMTP_URL',
      'MAIL_FROM',
    ]) {
      expect(
        problems.filter((line) => line.startsWith(`${name} is required in production`)),
      ).to.have.length(1);
    }
    expect(fs.readdirSync(folder)).to.deep.equal([]);
  });

  it('refuses a key store in the main database in production, and takes it there elsewhere', () => {
    const KEY_STORE_URL = 'postgres://other:secret@db:5432/consentry';
    expect(problemsOf({ ...PRODUCTION, KEY_STORE_URL })).to.deep.equal([
      'KEY_STORE_URL must name another database than DATABASE_URL in production',
    ]);
    expect(read({ DATABASE_URL: KEY_STORE_URL, KEY_STORE_URL }).keyStoreUrl).to.equal(
      KEY_STORE_URL,
    );
  });

  it('takes a complete production configuration and keeps the order of the master keys', () => {
    const { secrets, host, pages } = read(PRODUCTION);
    expect(secrets.masterKeys.map(({ version }) => version)).to.deep.equal([2, 1]);
    expect(host).to.equal('0.0.0.0');
    expect(pages.hasOutbox).to.equal(false);
    expect(fs.readdirSync(folder)).to.deep.equal([]);
  });

  it('refuses in production what is only safe on a developer machine', () => {
    const problems = problemsOf({
      ...PRODUCTION,
      ISSUER: 'http://localhost:3000',
      OUTBOX_PAGE: 'true',
      RATE_LIMITS: 'false',
    });
    expect(problems).to.have.members([
      'ISSUER must be https in production',
      'OUTBOX_PAGE must not be on in production',
      'RATE_LIMITS must not be off in production',
    ]);
  });

  it('reads a secret from a file, without the line end', () => {
    const file = path.join(folder, 'salt');
    fs.writeFileSync(file, `${'c'.repeat(40)}\n`);
    expect(read({ PAIRWISE_SALT_FILE: file }).secrets.pairwiseSalt).to.equal('c'.repeat(40));
  });

  it('names the secret file that cannot be read, and refuses a secret that is set twice', () => {
    const file = path.join(folder, 'absent');
    expect(problemsOf({ COOKIE_KEYS_FILE: file })).to.deep.equal([
      `COOKIE_KEYS cannot be read from ${file} (ENOENT): correct COOKIE_KEYS_FILE or the file`,
    ]);
    expect(problemsOf({ COOKIE_KEYS_FILE: file, COOKIE_KEYS: 'a'.repeat(32) })).to.deep.equal([
      'COOKIE_KEYS is set twice: remove COOKIE_KEYS or COOKIE_KEYS_FILE',
    ]);
  });

  it('reads peppers: the first is for new passwords, none ends their use', () => {
    const keys = [2, 1].map((version) => ({ version, key: Buffer.alloc(32, 1) }));
    const peppersOf = (text: string) => read({ PASSWORD_PEPPER: text }).secrets.passwordPeppers;
    expect(peppersOf(`2:${KEY},1:${KEY}`)).to.deep.equal({ current: 2, keys });
    expect(peppersOf(`none, 2:${KEY},1:${KEY}`)).to.deep.equal({ current: null, keys });
    expect(read({}).secrets.passwordPeppers).to.deep.equal({ current: null, keys: [] });
  });

  for (const [name, value] of [
    ['ISSUER', 'http://id.example'],
    ['ISSUER', 'https://id.example/path'],
    ['ISSUER', 'https://id.example/?a=b'],
    ['MASTER_KEYS', `1:${KEY},1:${KEY}`],
    ['MASTER_KEYS', `1:${Buffer.alloc(16).toString('base64')}`],
    ['PASSWORD_PEPPER', KEY],
    ['PASSWORD_PEPPER', `1:${KEY},1:${KEY}`],
    ['PASSWORD_PEPPER', `1:${KEY},none`],
    ['PASSWORD_PEPPER', 'none'],
    ['BLIND_INDEX_KEY', 'not base64!'],
    ['COOKIE_KEYS', 'short'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['ID_TOKEN_SECONDS', '3601'],
    ['REFRESH_TOKEN_GRACE_SECONDS', '11'],
    ['RATE_LIMITS', 'yes'],
  ] as const) {
    it(`refuses ${name}=${value}`, () => {
      expect(problemsOf({ [name]: value }).map((line) => line.split(' ')[0])).to.deep.equal([name]);
    });
  }

  it('names the setting, its rule and its value when the value cannot be used', () => {
    expect(problemsOf({ PORT: '70000', LOG_LEVEL: 'loud', RUN_JOBS: 'yes' })).to.have.members([
      'PORT must be a whole number from 0 to 65535; it is "70000"',
      'LOG_LEVEL must be one of debug, info, warn, error, silent; it is "loud"',
      'RUN_JOBS must be true or false; it is "yes"',
    ]);
  });

  it('reads the former name of a setting with a warning, and refuses both names', () => {
    const former = read({ PROVED_CONTROL_WINS: 'true' });
    expect(former.transferProvenAddresses).to.equal(true);
    expect(former.warnings).to.deep.equal([
      'PROVED_CONTROL_WINS is the former name of TRANSFER_PROVEN_ADDRESSES: rename the setting',
    ]);
    const current = read({ TRANSFER_PROVEN_ADDRESSES: 'true' });
    expect([current.transferProvenAddresses, current.warnings]).to.deep.equal([true, []]);
    expect(
      problemsOf({ TRANSFER_PROVEN_ADDRESSES: 'true', PROVED_CONTROL_WINS: 'false' }),
    ).to.deep.equal([
      'TRANSFER_PROVEN_ADDRESSES is set twice: remove TRANSFER_PROVEN_ADDRESSES or PROVED_CONTROL_WINS',
    ]);
  });

  it('refuses an idle time that is longer than the session', () => {
    expect(problemsOf({ SESSION_SECONDS: '600', SESSION_IDLE_SECONDS: '601' })).to.deep.equal([
      'SESSION_IDLE_SECONDS must not be longer than SESSION_SECONDS',
    ]);
  });
});

/** The names of all members of a configuration, those of groups included. */
function leavesOf(config: object): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    const isGroup =
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !Buffer.isBuffer(value);
    return isGroup ? leavesOf(value as object) : [name];
  });
}
