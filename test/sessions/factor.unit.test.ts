import { expect } from 'chai';

import { FACTOR_OF_AMR, factorsOf } from '../../src/sessions/factor.ts';

/** RFC 8176 §2. */
const AMR =
  'face fpt geo hwk iris kba mca mfa otp pin pwd rba retina sc sms swk tel user vbm wia'.split(' ');

describe('The factors of a sign-in', () => {
  it('have a name for every authentication method of RFC 8176 that is a factor', () => {
    expect(Object.keys(FACTOR_OF_AMR)).to.deep.equal(AMR);
    expect(factorsOf(AMR)).to.have.length(11);
  });

  it('are named once, in the order of the sign-in, without methods that are not known', () => {
    expect(factorsOf(['pwd', 'otp', 'mfa'])).to.deep.equal(['password', 'code']);
    expect(factorsOf(['swk', 'user', 'mfa'])).to.deep.equal(['passkey']);
    expect(factorsOf(['face', 'fpt', 'x-upstream', 'constructor'])).to.deep.equal(['biometrics']);
    expect(factorsOf([])).to.deep.equal([]);
  });
});
