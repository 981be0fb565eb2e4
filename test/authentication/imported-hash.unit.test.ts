import { createHash, pbkdf2Sync } from 'node:crypto';

import argon2 from 'argon2';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';

import { checkImportedHash } from '../../src/authentication/passwords/check-imported-hash.ts';
import { parseImportedHash, decoyFor } from '../../src/authentication/passwords/imported-hash.ts';
import { createPasswordHasher } from '../../src/authentication/index.ts';

const PASSWORD = 'correct horse battery staple';

function derived(iterations: number, salt: string | Buffer, digest = 'sha256', bytes = 32): Buffer {
  return pbkdf2Sync(PASSWORD, salt, iterations, bytes, digest);
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

const SALT = Buffer.from('0123456789abcdef');
const BCRYPT = hashSync(PASSWORD, 4);
const PREHASHED = hashSync(createHash('sha256').update(PASSWORD).digest('hex'), 4);

const KNOWN: Readonly<Record<string, string>> = {
  'bcrypt $2b$': BCRYPT,
  'bcrypt $2a$': BCRYPT.replace('$2b$', '$2a$'),
  'bcrypt $2y$, as PHP writes it': BCRYPT.replace('$2b$', '$2y$'),
  "bcrypt in Django's spelling": `bcrypt$${BCRYPT}`,
  "Django's bcrypt_sha256": `bcrypt_sha256$${PREHASHED}`,
  "Django's pbkdf2_sha256": `pbkdf2_sha256$1200$saltsalt$${derived(1200, 'saltsalt').toString('base64')}`,
  "Django's pbkdf2_sha1": `pbkdf2_sha1$900$saltsalt$${derived(900, 'saltsalt', 'sha1', 20).toString('base64')}`,
  'PBKDF2 in the PHC format': `$pbkdf2-sha512$i=700,l=64$${unpadded(SALT)}$${unpadded(derived(700, SALT, 'sha512', 64))}`,
  'PBKDF2 of passlib': `$pbkdf2-sha256$800$${unpadded(SALT)}$${unpadded(derived(800, SALT)).replaceAll('+', '.')}`,
};

describe('hashes of other systems', () => {
  for (const [name, hash] of Object.entries(KNOWN)) {
    it(`${name}: fits its password and no other`, async () => {
      const parsed = parseImportedHash(hash);
      if (parsed === null) throw new Error('it is not understood');
      expect(await checkImportedHash(parsed, PASSWORD)).to.equal(true);
      expect(await checkImportedHash(parsed, `${PASSWORD}.`)).to.equal(false);
    });
  }

  for (const type of [argon2.argon2i, argon2.argon2d, argon2.argon2id] as const) {
    it(`argon2 of type ${String(type)}, with and without Django's prefix, fits its password`, async () => {
      const phc = await argon2.hash(PASSWORD, {
        type,
        memoryCost: 1_024,
        timeCost: 1,
        parallelism: 2,
      });
      for (const text of [phc, `argon2${phc}`]) {
        const parsed = parseImportedHash(text);
        if (parsed === null) throw new Error('it is not understood');
        expect(await checkImportedHash(parsed, PASSWORD)).to.equal(true);
        expect(await checkImportedHash(parsed, 'another one')).to.equal(false);
      }
    });
  }

  for (const [name, hash] of Object.entries({
    'a password in clear': PASSWORD,
    MD5: createHash('md5').update(PASSWORD).digest('hex'),
    'an empty text': '',
    'bcrypt at a cost of minutes': BCRYPT.replace('$04$', '$31$'),
    'bcrypt cut short': BCRYPT.slice(0, -1),
    'PBKDF2 with ten million rounds': `pbkdf2_sha256$10000000$salt$${derived(1, 'salt').toString('base64')}`,
    'PBKDF2 without rounds': `pbkdf2_sha256$0$salt$${derived(1, 'salt').toString('base64')}`,
    'PBKDF2 with a short key': `pbkdf2_sha256$1000$salt$${derived(1, 'salt', 'sha256', 16).toString('base64')}`,
    'argon2 with gigabytes':
      '$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo',
    'a kind nobody knows': '$scrypt$ln=16,r=8,p=1$c2FsdA$aGFzaA',
    'a line break in it': `${BCRYPT}\n`,
  })) {
    it(`refuses ${name}`, () => {
      expect(parseImportedHash(hash)).to.equal(null);
    });
  }

  for (const hash of [
    ...Object.values(KNOWN),
    '$argon2i$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo',
  ]) {
    it(`has a decoy that costs the same as ${hash.slice(0, 22)}`, async () => {
      const scheme = parseImportedHash(hash)?.scheme ?? '';
      const standIn = parseImportedHash(decoyFor(scheme));
      if (standIn === null) throw new Error('the stand-in is not understood');
      expect(standIn.scheme).to.equal(scheme);
      expect(await checkImportedHash(standIn, PASSWORD)).to.equal(false);
    });
  }
});

describe('the password hasher with imported hashes', () => {
  const hasher = createPasswordHasher({ concurrency: 2 });

  it('checks them and reports that they need a new hash', async () => {
    expect(await hasher.verify(BCRYPT, PASSWORD)).to.equal(true);
    expect(await hasher.verify(BCRYPT, 'wrong')).to.equal(false);
    expect(hasher.needsRehash(BCRYPT)).to.equal(true);
    expect(hasher.needsRehash(await hasher.hash(PASSWORD))).to.equal(false);
  });

  it('returns false for any password with a decoy', async () => {
    expect(await hasher.verify(null, PASSWORD, { decoy: BCRYPT })).to.equal(false);
  });

  it('keeps the event loop free while bcrypt works', async () => {
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    await hasher.verify(hashSync('x', 11), PASSWORD);
    clearInterval(ticking);
    expect(turns).to.be.at.least(10);
  });

  it('answers "busy" when the queue is full of slow checks', async () => {
    const narrow = createPasswordHasher({ concurrency: 1, queueLimit: 1 });
    const slow = hashSync('x', 8);
    const results = await Promise.allSettled([1, 2, 3].map(() => narrow.verify(slow, PASSWORD)));
    expect(results.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
  });
});
