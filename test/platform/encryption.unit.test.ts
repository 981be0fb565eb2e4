import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import {
  createSealer,
  deriveKey,
  fingerprint,
  keyedIndex,
} from '../../src/platform/keys/encryption.ts';

const CONTEXT = 'attributes:sealed_value:42';

describe('Encryption', () => {
  const first = { version: 1, key: randomBytes(32) };
  const second = { version: 2, key: randomBytes(32) };
  const sealer = createSealer([first]);

  it('opens sealed values', () => {
    expect(sealer.open(sealer.seal('ana@example.org', CONTEXT), CONTEXT).toString()).to.equal(
      'ana@example.org',
    );
    const bytes = randomBytes(1_000);
    expect(sealer.open(sealer.seal(bytes, CONTEXT), CONTEXT)).to.deep.equal(bytes);
    expect(sealer.open(sealer.seal('', CONTEXT), CONTEXT)).to.have.length(0);
  });

  it('seals the same value differently each time', () => {
    expect(sealer.seal('same', CONTEXT)).not.to.deep.equal(sealer.seal('same', CONTEXT));
  });

  it('uses a nonce for one ciphertext only, also in two copies that draw the same random bytes', () => {
    const drawn = randomBytes(12);
    const copy = createSealer([first], { draw: () => drawn });
    const other = createSealer([second], { draw: () => drawn });
    const sealed = [
      copy.seal('one value', CONTEXT),
      copy.seal('another value', CONTEXT),
      copy.seal('one value', `${CONTEXT}1`),
      copy.seal('2one value', CONTEXT.slice(0, -1)),
      copy.seal(Buffer.alloc(0), `${CONTEXT}one value`),
      other.seal('one value', CONTEXT),
    ];
    expect(new Set(sealed.map(nonceOf)).size).to.equal(sealed.length);
    expect(copy.seal('one value', CONTEXT)).to.deep.equal(sealed[0]);
    expect(copy.open(sealed[1] as Buffer, CONTEXT).toString()).to.equal('another value');
  });

  it('uses other nonces as long as the random bytes differ', () => {
    const nonces = Array.from({ length: 1_000 }, () => nonceOf(sealer.seal('same', CONTEXT)));
    expect(new Set(nonces).size).to.equal(1_000);
  });

  it('does not open a value moved to another row', () => {
    const sealed = sealer.seal('value', CONTEXT);
    expect(() => sealer.open(sealed, 'attributes:sealed_value:43')).to.throw();
  });

  it('does not open with another key of the same version', () => {
    const other = createSealer([{ version: 1, key: randomBytes(32) }]);
    expect(() => other.open(sealer.seal('value', CONTEXT), CONTEXT)).to.throw();
  });

  it('detects every changed bit', () => {
    const sealed = sealer.seal('value', CONTEXT);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => sealer.open(changed, CONTEXT), `bit ${String(bit)}`).to.throw();
    }
  });

  it('detects truncation', () => {
    const sealed = sealer.seal('value', CONTEXT);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealer.open(sealed.subarray(0, length), CONTEXT)).to.throw();
    }
  });

  it('seals with the first key and opens with every key, so that keys can be rotated', () => {
    const old = sealer.seal('value', CONTEXT);
    const rotated = createSealer([second, first]);
    expect(rotated.open(old, CONTEXT).toString()).to.equal('value');
    expect([
      rotated.versionOf(old),
      rotated.versionOf(rotated.seal('value', CONTEXT)),
    ]).to.deep.equal([1, 2]);
    expect(() => createSealer([second]).open(old, CONTEXT)).to.throw(
      /key this server does not have/,
    );
  });

  it('refuses keys of a wrong length and an empty list', () => {
    expect(() => createSealer([{ version: 1, key: randomBytes(16) }])).to.throw();
    expect(() => createSealer([])).to.throw();
  });

  it('derives keys that differ by purpose and are reproducible', () => {
    const secret = randomBytes(32);
    expect(deriveKey(secret, 'cookies')).to.deep.equal(deriveKey(secret, 'cookies'));
    expect(deriveKey(secret, 'cookies')).not.to.deep.equal(deriveKey(secret, 'csrf'));
    expect(deriveKey(secret, 'cookies')).to.have.length(32);
  });

  it('computes fingerprints with SHA-256 and indexes with a key', () => {
    // FIPS 180-2, appendix B.1
    expect(fingerprint('abc').toString('hex')).to.equal(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    const [one, two] = [randomBytes(32), randomBytes(32)];
    expect(keyedIndex(one, 'ana')).to.deep.equal(keyedIndex(one, 'ana'));
    expect(keyedIndex(one, 'ana')).not.to.deep.equal(keyedIndex(two, 'ana'));
    expect(keyedIndex(one, 'ana')).not.to.deep.equal(keyedIndex(one, 'Ana'));
  });
});

/** The 12 bytes after the version of the key. */
function nonceOf(sealed: Buffer): string {
  return sealed.subarray(4, 16).toString('hex');
}
