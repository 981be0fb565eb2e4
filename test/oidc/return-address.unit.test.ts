import { expect } from 'chai';

import { createReturnAddress } from '../../src/oidc/authorization/return-address.ts';

const KEY = Buffer.alloc(32, 1);
const ELSEWHERE = [
  '//evil.example',
  '/\\evil.example',
  'https://evil.example/',
  'https:evil.example',
  'javascript:alert(1)',
  '/a b',
  '/a\r\nSet-Cookie: x=y',
  '',
];

describe('The return address of a console sign-in', () => {
  it('is the signed path', () => {
    const address = createReturnAddress(KEY);
    expect(address.open(address.sign('/account/apps?page=2'))).to.equal('/account/apps?page=2');
  });

  for (const path of ELSEWHERE) {
    it(`never leads to ${JSON.stringify(path)}`, () => {
      const address = createReturnAddress(KEY);
      expect(address.open(address.sign(path))).to.equal('/account');
    });
  }

  it('is refused when it was signed with another key or changed', () => {
    const state = createReturnAddress(Buffer.alloc(32, 2)).sign('/account');
    const address = createReturnAddress(KEY);
    expect(address.open(state)).to.equal(undefined);
    expect(address.open(`${address.sign('/account')}A`)).to.equal(undefined);
    expect(address.open('')).to.equal(undefined);
  });
});
