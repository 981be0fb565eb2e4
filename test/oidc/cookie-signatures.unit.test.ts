import { expect } from 'chai';

import { createCookieSignatures } from '../../src/oidc/cookie-signatures.ts';

describe('Signatures of cookies', () => {
  const data = 'consentry-session=abc';
  // Made by the package `keygrip`.
  const byFirst = 'A3yBaPvc8ySSJPGXhPE2bdSNZBs';
  const bySecond = 'FXiClNK4CbTunCFfQ5scD5RfuQU';
  const signatures = createCookieSignatures(['first', 'second']);

  it('are those of keygrip, made by the first key', () => {
    expect(signatures.sign(data)).to.equal(byFirst);
  });

  it('name the key that made them', () => {
    expect(signatures.index(data, byFirst)).to.equal(0);
    expect(signatures.index(data, bySecond)).to.equal(1);
    expect(signatures.verify(data, bySecond)).to.equal(true);
  });

  it('of other data, other keys or other lengths are refused', () => {
    const refused = [
      signatures.index(`${data}d`, byFirst),
      signatures.index(data, createCookieSignatures(['third']).sign(data)),
      signatures.index(data, byFirst.slice(1)),
      signatures.index(data, `${byFirst}=`),
      signatures.index(data, ''),
    ];
    expect(refused).to.deep.equal([-1, -1, -1, -1, -1]);
  });

  it('need a secret', () => {
    expect(() => createCookieSignatures([])).to.throw('at least one secret');
  });
});
