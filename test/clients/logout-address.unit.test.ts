import { expect } from 'chai';

import { logoutAddressProblems } from '../../src/clients/settings/logout-address.ts';

const OUTSIDE = { allowsLoopback: false, internalHosts: ['intra.example:8443'] };
const REFUSED = {
  'http://a.example/out': 'not_https',
  'ftp://a.example/out': 'not_https',
  'https://a.example/out#part': 'fragment',
  'https://me@a.example/out': 'user',
  'https://a.example:6379/out': 'port',
  'https://10.0.0.1/': 'internal',
  'https://2130706433/': 'internal',
  'https://0x7f.1/': 'internal',
  'https://[::ffff:127.0.0.1]/': 'internal',
  'https://[fd00::1]/': 'internal',
  'https://169.254.169.254/latest': 'internal',
  'https://printer/': 'internal',
  'https://localhost/out': 'internal',
  'http://localhost:3001/out': 'not_https',
  'a.example/out': 'invalid',
  'https://bücher.example/out': 'invalid',
  [`https://a.example/${'x'.repeat(1_000)}`]: 'invalid',
};

describe('The address of an app for sign-out notices', () => {
  const problem = (backchannelLogoutUri: string | null, outbound = OUTSIDE) =>
    logoutAddressProblems('web', { backchannelLogoutUri }, outbound)['backchannelLogoutUri'];

  for (const [address, code] of Object.entries(REFUSED)) {
    it(`is refused: ${address.slice(0, 40)} (S-70)`, () => {
      expect(problem(address)).to.equal(`logout_address_${code}`);
    });
  }

  it('can be absent, public, or at a host that the operator lists', () => {
    const allowed = [null, 'https://a.example/out?shop=1', 'https://intra.example:8443/out'];
    for (const address of allowed) expect(problem(address)).to.equal(undefined);
  });

  it('can be on this machine in development', () => {
    const development = { ...OUTSIDE, allowsLoopback: true };
    expect(problem('http://localhost:3001/out', development)).to.equal(undefined);
    expect(problem('http://app.localhost:3001/out', development)).to.equal(
      'logout_address_not_https',
    );
  });

  it('does not exist for a machine, to which people do not sign in', () => {
    const settings = { backchannelLogoutUri: 'https://a.example/out' };
    expect(logoutAddressProblems('machine', settings, OUTSIDE)).to.deep.equal({
      backchannelLogoutUri: 'logout_address_not_used',
    });
  });
});
