import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { TEST_ENVIRONMENT } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { runCommand } from './run-command.ts';

const PEPPER = Buffer.alloc(32, 3).toString('base64');
const KNOWN = 'twelve herons cross the estuary';
const ADDRESS = 'admin@example.org';

describe('consentry passwords build-list', function () {
  this.timeout(60_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'password-lists-'));
  const list = path.join(folder, 'known.pwlist');
  let database: TestDatabase;
  let settings: Readonly<Record<string, string>>;

  before(async () => {
    database = await createTestDatabase();
    settings = { ...TEST_ENVIRONMENT, DATABASE_URL: database.url };
  });
  after(async () => {
    await database.drop();
    fs.rmSync(folder, { recursive: true });
  });

  const source = (name: string, text: string): string => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return file;
  };
  const createAdmin = (changes: Readonly<Record<string, string>>, password: string) =>
    runCommand(
      ['accounts', 'create-admin', ADDRESS, '--password-stdin'],
      { ...settings, ...changes },
      `${password}\n`,
    );

  it('makes a file from digests whose passwords the server refuses (6.2.12)', async () => {
    const digest = createHash('sha1').update(KNOWN).digest('hex').toUpperCase();
    const digests = source('digests.txt', `${digest}:12\r\n${'0'.repeat(40)}:1\r\n`);
    const made = await runCommand(['passwords', 'build-list', digests, '--out', list]);
    expect([made.code, made.errors]).to.deep.equal([0, '']);
    expect(made.output).to.include('has 2 passwords').and.to.include('BREACHED_PASSWORDS');
    const own = { BREACHED_PASSWORDS: list };
    const refused = await createAdmin(own, KNOWN);
    expect(refused.code).to.equal(1);
    expect(refused.errors).to.include('it is a known password');
    const doctor = await runCommand(['doctor'], { ...settings, ...own });
    expect(doctor.output).to.match(/^ok +passwords +.*refuses 2 known passwords/m);
    expect((await createAdmin({}, KNOWN)).code).to.equal(0);
  });

  it('names the length that a password needs', async () => {
    const { errors } = await createAdmin({}, 'fourteen chars');
    expect(errors).to.equal('password: Use at least 15 characters.\n');
  });

  it('replaces a file only with --force, and leaves it when the source is wrong', async () => {
    const texts = source('texts.txt', 'first\nsecond\nthird\n');
    const before = fs.readFileSync(list);
    const refused = await runCommand(['passwords', 'build-list', texts, '--out', list]);
    expect(refused.code).to.equal(1);
    expect(refused.errors).to.include('exists already and was not changed');
    const ntlm = source('ntlm.txt', `${'8'.repeat(32)}:5\n`);
    const wrong = await runCommand(['passwords', 'build-list', ntlm, '--out', list, '--force']);
    expect([wrong.code, wrong.errors]).to.deep.equal([
      1,
      'It contains NTLM digests; SHA-1 digests are needed.\n',
    ]);
    expect(fs.readFileSync(list).equals(before)).to.equal(true);
    const made = await runCommand(['passwords', 'build-list', texts, '--out', list, '--force']);
    expect(made.output).to.include('has 3 passwords');
    const binary = source('binary.txt', 'x'.repeat(3_000_000));
    const endless = await runCommand(['passwords', 'build-list', binary, '--out', `${list}.new`]);
    expect(endless.errors).to.match(/^It has a line of more than a million characters/);
    const missing = await runCommand(['passwords', 'build-list', `${list}.none`, '--out', list]);
    expect(missing.errors.trim().split('\n')).to.have.length(1);
  });

  it('does not let a server start or a doctor pass with a file of another kind', async () => {
    const wrong = source('wrong.pwlist', '123456\npassword\n');
    const changes = { ...settings, BREACHED_PASSWORDS: wrong };
    const start = await runCommand(['start', '--no-demo', '--port', '0'], changes);
    expect(start.code).to.equal(1);
    expect(start.errors).to.match(/^BREACHED_PASSWORDS: .*not a list of passwords.*\n$/);
    const doctor = await runCommand(['doctor'], changes);
    expect(doctor.code).to.equal(1);
    expect(doctor.output).to.match(/^wrong +passwords +BREACHED_PASSWORDS: /m);
  });
});

describe('The pepper of passwords', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  it('prevents the start, and is reported by the doctor, when it is lost or wrong (P-01)', async () => {
    const settings = { ...TEST_ENVIRONMENT, DATABASE_URL: database.url };
    const peppered = { ...settings, PASSWORD_PEPPER: `1:${PEPPER}` };
    const created = await runCommand(
      ['accounts', 'create-admin', 'pepper@example.org', '--password-stdin'],
      peppered,
      'seven herons count the evening trains\n',
    );
    expect(created.errors).to.equal('');
    const healthy = await runCommand(['doctor'], peppered);
    expect(healthy.output).to.match(/^ok +pepper +key 1 is for new hashes/m);
    const other = Buffer.alloc(32, 4).toString('base64');
    for (const [changes, problem] of [
      [settings, 'key 1, which is missing'],
      [{ ...settings, PASSWORD_PEPPER: `1:${other}` }, 'key 1 is not the one'],
    ] as const) {
      const start = await runCommand(['start', '--no-demo', '--port', '0'], changes);
      expect(start.code).to.equal(1);
      expect(start.errors.trim().split('\n')).to.have.length(1);
      expect(start.errors)
        .to.match(/^PASSWORD_PEPPER: /)
        .and.to.include(problem);
      const doctor = await runCommand(['doctor'], changes);
      expect(doctor.output).to.match(new RegExp(`^wrong +pepper .*${problem}`, 'm'));
      expect(doctor.output).not.to.include(other);
    }
    const second = { ...settings, PASSWORD_PEPPER: `2:${other},1:${PEPPER}` };
    await runCommand(['accounts', 'list'], second);
    const rotating = await runCommand(['doctor'], second);
    expect(rotating.output).to.match(/^note +pepper +.*still hashed with key 1/m);
  });
});
