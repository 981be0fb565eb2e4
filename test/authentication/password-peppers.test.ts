import { randomBytes } from 'node:crypto';

import argon2 from 'argon2';
import { expect } from 'chai';

import {
  checkPeppers,
  createPasswordHasher,
  type PasswordPeppers,
  registerPeppers,
} from '../../src/authentication/index.ts';
import { failureOf } from '../support/failure.ts';
import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import { IP, randomEmail, type Scene, setScene } from './scene.ts';

const KEYS = [1, 2].map((version) => ({ version, key: Buffer.alloc(32, version) }));
const [FIRST, SECOND] = KEYS;
const peppers = (current: number | null, keys = KEYS): PasswordPeppers => ({ current, keys });
const FIRST_ONLY = peppers(1, KEYS.slice(0, 1));

describe('A password pepper (P-01)', () => {
  let scene: Scene;
  let person: TestPerson;

  beforeEach(async () => {
    scene = await setScene();
    person = await scene.person();
  });
  afterEach(() => scene.close());

  /** A node with these peppers, whose start was allowed. */
  async function node(setting: PasswordPeppers) {
    await registerPeppers({ db: scene.connected.db, peppers: setting });
    return scene.anotherNode({ hasher: createPasswordHasher({ peppers: setting }) });
  }
  const signIn = async (setting: PasswordPeppers, password = PASSWORD) =>
    (await node(setting)).signIn({
      identifier: person.email,
      password,
      deviceId: null,
      ip: IP,
    });
  async function storedHash(): Promise<string> {
    const { rows } = await scene.connected.db.pool.query<{ hash: string }>(
      'select hash from password_credentials where account_id = $1',
      [person.accountId],
    );
    return rows[0]?.hash ?? '';
  }
  const refusedStart = async (setting: PasswordPeppers) => {
    const { code, detail } = await failureOf(
      registerPeppers({ db: scene.connected.db, peppers: setting }),
    );
    expect(code).to.equal('password_pepper_wrong');
    return detail;
  };

  it('is used from the next sign-in on, and a dump does not suffice to confirm a guess', async () => {
    expect(await storedHash()).to.match(/^\$argon2id\$/);
    expect((await signIn(FIRST_ONLY)).status).to.equal('signed_in');
    const hash = await storedHash();
    expect(hash).to.match(/^pepper=1\$argon2id\$/);
    const inDump = hash.slice('pepper=1'.length);
    expect(await argon2.verify(inDump, PASSWORD)).to.equal(false);
    expect(await argon2.verify(inDump, PASSWORD, { secret: FIRST?.key ?? Buffer.of() })).to.equal(
      true,
    );
    expect((await signIn(FIRST_ONLY)).status).to.equal('signed_in');
    expect(await storedHash()).to.equal(hash);
    expect(await failureOf(signIn(FIRST_ONLY, 'wrong'))).to.include({ code: 'sign_in_failed' });
  });

  it('is replaced and ended without a new password, one sign-in each', async () => {
    await signIn(FIRST_ONLY);
    await signIn(peppers(1));
    expect(await storedHash()).to.match(/^pepper=1\$/);
    await signIn(peppers(2));
    expect(await storedHash()).to.match(/^pepper=2\$/);
    await signIn(peppers(null));
    expect(await storedHash()).to.match(/^\$argon2id\$/);
    expect((await signIn(peppers(null, []))).status).to.equal('signed_in');
  });

  it('is used for new passwords', async () => {
    const newPassword = 'nine otters guard the ferry bell';
    await (
      await node(FIRST_ONLY)
    ).changePassword({
      accountId: person.accountId,
      currentPassword: PASSWORD,
      newPassword,
      keepSessionUid: null,
      locale: 'en',
    });
    expect(await storedHash()).to.match(/^pepper=1\$/);
    expect((await signIn(FIRST_ONLY, newPassword)).status).to.equal('signed_in');
  });

  it('prevents the start of a node on which it is missing or another key', async () => {
    await signIn(FIRST_ONLY);
    const missing = /key 1, which is missing: add it/;
    expect(await refusedStart(peppers(null, []))).to.match(missing);
    expect(await refusedStart(peppers(2, KEYS.slice(1)))).to.match(missing);
    const other = [{ version: 1, key: randomBytes(32) }];
    expect(await refusedStart(peppers(1, other))).to.match(/key 1 is not the one with which/);
    expect(await checkPeppers({ db: scene.connected.db, peppers: peppers(2) })).to.deep.equal([1]);
  });

  it('can be removed from the setting when no password is hashed with it', async () => {
    await node(peppers(1));
    await signIn(peppers(2));
    await registerPeppers({ db: scene.connected.db, peppers: peppers(2, KEYS.slice(1)) });
    expect(await refusedStart(FIRST_ONLY)).to.include('key 2');
  });

  it('is the same on all nodes: of two that start with different keys, one does not', async () => {
    const keys = [FIRST, SECOND].map((pepper) => [{ version: 7, key: pepper?.key ?? Buffer.of() }]);
    const starts = await Promise.allSettled(
      keys.map((pair) => registerPeppers({ db: scene.connected.db, peppers: peppers(7, pair) })),
    );
    expect(starts.map(({ status }) => status).toSorted()).to.deep.equal(['fulfilled', 'rejected']);
  });

  it('that one node does not have yet is an outage there, not a wrong password', async () => {
    const behind = await node(FIRST_ONLY);
    await signIn(peppers(2));
    const failure = await failureOf(
      behind.signIn({ identifier: person.email, password: PASSWORD, deviceId: null, ip: IP }),
    );
    expect(failure).to.include({ kind: 'unavailable', code: 'password_pepper_unknown' });
  });

  it('does not change the work for an unknown address (E-01)', async () => {
    await signIn(FIRST_ONLY);
    const compared: string[] = [];
    const hasher = createPasswordHasher({ peppers: FIRST_ONLY });
    const { signIn: enter } = scene.anotherNode({
      hasher: {
        ...hasher,
        verify: (hash, password, request) => {
          compared.push(`${String((hash ?? request?.decoy ?? null) !== null)} ${password}`);
          return hasher.verify(hash, password, request);
        },
      },
    });
    for (const identifier of [person.email, randomEmail()]) {
      const attempt = enter({ identifier, password: 'wrong', deviceId: null, ip: IP });
      expect(await failureOf(attempt)).to.include({ code: 'sign_in_failed' });
    }
    expect(compared).to.deep.equal(['true wrong', 'false wrong', 'false wrong', 'false wrong']);
    expect(await hasher.verify(null, 'wrong')).to.equal(false);
  });
});
