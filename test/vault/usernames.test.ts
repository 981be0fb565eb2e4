import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { createHttpUsernameChecker } from '../../src/vault/usernames/http-username-checker.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson } from '../support/people/people.ts';

describe('a username', () => {
  let database: TestDatabase;
  let connected: Connected;
  before(async () => {
    database = await createTestDatabase();
    connected = await connect(testConfig(database.url));
  });
  after(async () => {
    await connected.close();
    await database.drop();
  });

  const add = (accountId: string, value: string) =>
    connected.vault.addAttribute({ accountId, claim: 'preferred_username', value });
  const check = (accountId: string, username: string) =>
    connected.vault.checkUsername({ accountId, username });

  it('belongs to one account, in all spellings that look the same', async () => {
    const [owner, other] = [await createPerson(connected), await createPerson(connected)];
    await add(owner.accountId, 'Cocoa.Bean10');
    for (const twin of [
      'cocoa.bean10',
      'COCOA.BEAN10',
      'соcоа.bean10',
      'cocoa.beanlO',
      'ｃocoa.bean10',
    ]) {
      const failure = await failureOf(add(other.accountId, twin));
      expect(failure.code, twin).to.be.oneOf(['username_taken', 'value_invalid']);
      expect((await check(other.accountId, twin)).state, twin).to.be.oneOf(['taken', 'invalid']);
    }
    expect((await check(owner.accountId, 'cocoa.bean10')).state).to.equal('yours');
    await add(other.accountId, 'cocoa.bean11');
    // All letters are Cyrillic: no mixture, and still a look-alike.
    await add(owner.accountId, 'сосна');
    expect((await failureOf(add(other.accountId, 'cocha'))).code).to.equal('username_taken');
  });

  it('cannot be tried at a higher rate than it can be checked', async () => {
    const limited = await connect(
      testConfig(database.url, { rateLimits: { isOn: true, multiplier: 1 } }),
    );
    try {
      await add((await createPerson(connected)).accountId, 'settled');
      const { accountId } = await createPerson(connected);
      const tryOnce = (value: string) =>
        failureOf(limited.vault.addAttribute({ accountId, claim: 'preferred_username', value }));
      for (let count = 0; count < 30; count += 1) {
        expect((await tryOnce('settled')).code).to.equal('username_taken');
      }
      expect((await tryOnce('settled')).code).to.equal('rate_limited');
    } finally {
      await limited.close();
    }
  });

  it('is free for its previous owner only, once it was changed or deleted', async () => {
    const [owner, other] = [await createPerson(connected), await createPerson(connected)];
    const { accountId } = owner;
    const { id } = await add(accountId, 'wanderer');
    await connected.vault.changeAttribute({ accountId, attributeId: id, value: 'settler' });
    expect((await failureOf(add(other.accountId, 'wanderer'))).code).to.equal('username_taken');
    await connected.vault.changeAttribute({ accountId, attributeId: id, value: 'Wanderer' });
    expect((await check(other.accountId, 'settler')).state).to.equal('taken');
    await connected.vault.removeAttribute({ accountId, attributeId: id });
    expect((await check(other.accountId, 'wanderer')).state).to.equal('taken');
    expect((await check(accountId, 'wanderer')).state).to.equal('free');
  });

  it('goes to exactly one of fifty accounts that want it at the same time', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, () => createPerson(connected)));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        add(people[index % 10]?.accountId ?? '', 'wanted.name'),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('cannot look like an address, a phone number or a name of the service', async () => {
    const { accountId } = await createPerson(connected);
    const refused: Record<string, string> = {
      ab: 'username_too_short',
      ['x'.repeat(43)]: 'value_too_long',
      'ana@example.org': 'username_invalid',
      '+442079460018': 'username_invalid',
      '4420794600': 'username_invalid',
      'ana petrova': 'username_invalid',
      '.ana': 'username_invalid',
      аnna: 'username_mixed',
      admin: 'username_reserved',
      'Ad-Min': 'username_reserved',
      Администратор: 'username_reserved',
      'a\u202Ebc': 'value_has_hidden_characters',
    };
    for (const [name, code] of Object.entries(refused)) {
      expect((await failureOf(add(accountId, name))).fields, name).to.deep.equal({ value: code });
      const found = await check(accountId, name);
      expect(found.problem ?? `username_${found.state}`, name).to.equal(code);
    }
    for (const name of ['ana', 'Ана-Мария', '9lives', 'a_b.c-d', '名前です'])
      await add(accountId, name);
  });

  it('does not replace the last address', async () => {
    const person = await createPerson(connected);
    const { accountId } = person;
    await add(accountId, 'still.reachable');
    const attributeId = person.attributeIds['email']?.[0] ?? '';
    const failure = await failureOf(connected.vault.removeAttribute({ accountId, attributeId }));
    expect(failure.code).to.equal('last_identifier');
  });
});

describe('another service at which usernames are checked', () => {
  const clock = settableClock();
  const seen: string[] = [];
  let status = 404;
  let isSilent = false;
  let server: http.Server;
  let url: string;
  before(async () => {
    server = http.createServer((req, res) => {
      seen.push(req.url ?? '');
      if (!isSilent) res.writeHead(status, { location: '/moved' }).end('{}');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/users/{username}?x=1`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen.length = 0;
    status = 404;
    isSilent = false;
  });

  const checker = () => createHttpUsernameChecker({ name: 'Social', url, clock, timeoutMs: 200 });

  it('answers free, taken or unknown', async () => {
    const { check } = checker();
    const answers: Record<number, string> = {
      404: 'free',
      200: 'taken',
      204: 'taken',
      302: 'unknown',
      403: 'unknown',
    };
    for (const [code, answer] of Object.entries(answers)) {
      status = Number(code);
      expect(await check('ana'), code).to.equal(answer);
    }
    expect(seen).to.not.include('/moved');
  });

  it('receives the name only', async () => {
    await checker().check('a/../b?c=d&имя');
    expect(seen).to.deep.equal([`/users/${encodeURIComponent('a/../b?c=d&имя')}?x=1`]);
  });

  it('gets no request for half a minute after three failures in a row, and then one', async () => {
    const { check } = checker();
    isSilent = true;
    for (let turn = 0; turn < 5; turn += 1) expect(await check('ana')).to.equal('unknown');
    expect(seen).to.have.length(3);
    clock.advance(31);
    const answers = await Promise.all([check('ana'), check('ana'), check('ana')]);
    expect(answers).to.deep.equal(['unknown', 'unknown', 'unknown']);
    expect(seen).to.have.length(4);
    clock.advance(31);
    isSilent = false;
    expect(await check('ana')).to.equal('free');
    expect(await check('ana')).to.equal('free');
  });

  it('is unknown when it is not reachable, without effect on the answer about our own names', async () => {
    const database = await createTestDatabase();
    const connected = await connect(
      testConfig(database.url, {
        usernameServices: [
          { name: 'Gone', url: 'http://127.0.0.1:9/{username}' },
          { name: 'Social', url },
        ],
      }),
    );
    const { accountId } = await createPerson(connected);
    status = 200;
    const found = await connected.vault.checkUsername({ accountId, username: 'ana.petrova' });
    expect(found).to.deep.equal({
      state: 'free',
      problem: null,
      services: [
        { name: 'Gone', state: 'unknown' },
        { name: 'Social', state: 'taken' },
      ],
    });
    await connected.close();
    await database.drop();
  });
});
