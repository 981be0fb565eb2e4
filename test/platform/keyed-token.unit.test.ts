import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import { createKeyedTokens } from '../../src/platform/keys/keyed-token.ts';

describe('Keyed tokens', () => {
  const secret = randomBytes(32);
  const tokens = createKeyedTokens(secret, 'test');

  it('return their content, and are equal for equal content', () => {
    for (const size of [0, 1, 16, 100, 250]) {
      const content = randomBytes(size);
      const token = tokens.issue(content);
      expect(tokens.read(token)).to.deep.equal(content);
      expect(createKeyedTokens(secret, 'test').issue(content)).to.equal(token);
    }
  });

  it('are unrelated for contents that differ in one bit', () => {
    const content = randomBytes(80);
    const other = Buffer.from(content);
    other.writeUInt8(other.readUInt8(79) ^ 1, 79);
    const [one, two] = [content, other].map((each) => Buffer.from(tokens.issue(each), 'base64url'));
    const equal = [...(one ?? [])].filter((byte, index) => byte === two?.[index]).length;
    // One byte in 256 is equal by chance; the contents share 79 of 80 bytes.
    expect(equal).to.be.lessThan(8);
    expect(one?.includes(content.subarray(0, 8))).to.equal(false);
  });

  it('are refused with a changed bit, another key or another purpose', () => {
    const token = tokens.issue(Buffer.from('content of a token'));
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(tokens.read(changed.toString('base64url'))).to.equal(null);
    }
    expect(createKeyedTokens(secret, 'other').read(token)).to.equal(null);
    expect(createKeyedTokens(randomBytes(32), 'test').read(token)).to.equal(null);
    for (const text of [
      '',
      'x',
      `${token}=`,
      `${token}A`,
      token.slice(1),
      '%00',
      'a'.repeat(9000),
    ]) {
      expect(tokens.read(text), text.slice(0, 40)).to.equal(null);
    }
  });
});
