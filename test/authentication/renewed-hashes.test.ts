import { createHash, pbkdf2Sync } from 'node:crypto';

import argon2 from 'argon2';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD } from '../support/people/people.ts';
import { IP, type Scene, setScene } from './scene.ts';

const SALT = Buffer.from('0123456789abcdef');
const OURS = /^\$argon2id\$v=19\$m=19456,(?:t=2,p=1|p=1,t=2)\$/;
const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
const derived = (digest: string, bytes: number) => pbkdf2Sync(PASSWORD, SALT, 500, bytes, digest);
const weak = (type: 0 | 1 | 2) =>
  argon2.hash(PASSWORD, { type, memoryCost: 4_096, timeCost: 1, parallelism: 2 });

/** One hash of each kind that was stored before, or by another system. */
const KINDS: Readonly<Record<string, () => string | Promise<string>>> = {
  'argon2id with lower parameters': () => weak(argon2.argon2id),
  argon2i: () => weak(argon2.argon2i),
  argon2d: () => weak(argon2.argon2d),
  bcrypt: () => hashSync(PASSWORD, 4),
  "Django's bcrypt_sha256": () =>
    `bcrypt_sha256$${hashSync(createHash('sha256').update(PASSWORD).digest('hex'), 4)}`,
  'PBKDF2 with SHA-1': () => `$pbkdf2$500$${text(SALT)}$${text(derived('sha1', 20))}`,
  'PBKDF2 with SHA-256': () => `$pbkdf2-sha256$i=500$${text(SALT)}$${text(derived('sha256', 32))}`,
  'PBKDF2 with SHA-512': () => `$pbkdf2-sha512$i=500$${text(SALT)}$${text(derived('sha512', 64))}`,
};

describe('A password hash of another kind', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  async function stored(accountId: string) {
    const { rows } = await scene.connected.db.pool.query<{ hash: string; scheme: string | null }>(
      'select hash, scheme from password_credentials where account_id = $1',
      [accountId],
    );
    return rows[0];
  }

  for (const [kind, hashOf] of Object.entries(KINDS)) {
    it(`is renewed by a right password only: ${kind} (P-01)`, async () => {
      const { email, accountId } = await scene.person();
      const { db, authentication: slice } = scene.connected;
      await db.pool.query('delete from password_credentials where account_id = $1', [accountId]);
      const hash = await hashOf();
      await slice.importPasswords(db, [{ accountId, hash }]);
      const signIn = (password: string) =>
        scene.authentication.signIn({ identifier: email, password, deviceId: null, ip: IP });
      expect(await failureOf(signIn('wrong'))).to.include({ code: 'sign_in_failed' });
      expect((await stored(accountId))?.hash).to.equal(hash);
      expect((await signIn(PASSWORD)).status).to.equal('signed_in');
      const renewed = await stored(accountId);
      expect(renewed?.hash).to.match(OURS);
      expect(renewed?.scheme).to.equal(null);
      expect((await signIn(PASSWORD)).status).to.equal('signed_in');
      expect((await stored(accountId))?.hash).to.equal(renewed?.hash);
    });
  }
});
