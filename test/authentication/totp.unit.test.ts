import { expect } from 'chai';

import { createRecoveryCodes } from '../../src/authentication/second-factors/recovery-code.ts';
import {
  createTotpSecret,
  findTotpStep,
  totpUri,
} from '../../src/authentication/second-factors/totp.ts';

/** The secret and the times of RFC 6238, appendix B, with the last six digits of its codes for SHA-1. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

const at = (seconds: number): Date => new Date(seconds * 1000);

describe('Codes of authenticator apps', () => {
  it('are those of RFC 6238', () => {
    for (const [seconds, code] of VECTORS) {
      const step = findTotpStep({ secret: SECRET, code, now: at(seconds) });
      expect(step, String(seconds)).to.equal(Math.floor(seconds / 30));
    }
    expect(VECTORS).to.have.length(6);
  });

  it('are accepted one step early and late, not two (M-01)', () => {
    const [seconds, code] = [1_234_567_890, '005924'];
    const accepted = [-60, -30, 0, 30, 60, 90].filter(
      (shift) => findTotpStep({ secret: SECRET, code, now: at(seconds + shift) }) !== null,
    );
    expect(accepted).to.deep.equal([-30, 0, 30]);
  });

  it('may be typed with a space, and nothing else is a code', () => {
    const now = at(59);
    expect(findTotpStep({ secret: SECRET, code: '287 082', now })).to.equal(1);
    for (const code of [
      '',
      '28708',
      '2870822',
      '-287082',
      '２８７０８２',
      'abcdef',
      '287082\u0000',
    ])
      expect(findTotpStep({ secret: SECRET, code, now }), code).to.equal(null);
  });

  it('have secrets of 160 bits and an address that apps read', () => {
    const secret = createTotpSecret();
    expect(secret).to.match(/^[A-Z2-7]{32}$/);
    expect(createTotpSecret()).to.not.equal(secret);
    const uri = new URL(totpUri({ issuer: 'My Shop', label: 'ana@example.org', secret }));
    expect(`${uri.protocol}//${uri.host}${uri.pathname}`).to.equal(
      'otpauth://totp/My%20Shop:ana%40example.org',
    );
    expect(uri.searchParams.get('secret')).to.equal(secret);
    expect(uri.searchParams.get('issuer')).to.equal('My Shop');
  });
});

describe('Recovery codes', () => {
  it('are ten different codes of 24 characters from a large alphabet (M-02)', () => {
    const codes = createRecoveryCodes();
    expect(new Set(codes).size).to.equal(10);
    for (const code of codes)
      expect(code).to.match(/^(?:[a-hjkmnp-z2-9]{6}-){3}[a-hjkmnp-z2-9]{6}$/);
    const used = new Set(Array.from({ length: 100 }, createRecoveryCodes).flat().join(''));
    expect(used.size).to.equal(31 + 1);
  });
});
