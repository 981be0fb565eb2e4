import { expect } from 'chai';

import { describeError } from '../../src/platform/describe-error.ts';

describe('An error in the log', () => {
  it('has only properties without input data', () => {
    const cause = Object.assign(new Error('duplicate key', { cause: new TypeError('deep') }), {
      code: '23505',
      table: 'attributes',
      detail: 'Key (value)=(ana@example.org) already exists.',
      where: 'ana@example.org',
    });
    const error = Object.assign(new Error('Parse Error', { cause }), {
      code: 'HPE_INVALID_CHUNK_SIZE',
      rawPacket: Buffer.from('cookie: secret'),
      config: { headers: { authorization: 'secret' } },
      response: { data: 'secret' },
      status: 400,
    });
    const { stack, ...described } = describeError(error);
    expect(stack).to.include('describe-error.unit.test');
    const {
      stack: _ofCause,
      cause: deep,
      ...ofCause
    } = described.cause ?? { type: '', message: '' };
    expect({ ...described, cause: undefined }).to.deep.equal({
      type: 'Error',
      message: 'Parse Error',
      code: 'HPE_INVALID_CHUNK_SIZE',
      status: 400,
      cause: undefined,
    });
    expect(ofCause).to.deep.equal({
      type: 'Error',
      message: 'duplicate key',
      code: '23505',
      table: 'attributes',
    });
    expect(deep).to.include({ type: 'TypeError', message: 'deep' });
    expect(JSON.stringify(describeError(error))).not.to.match(/secret|ana@/);
  });

  it('has a limited chain of causes, and may be any thrown value', () => {
    const error = new Error('first');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).match(/first/g)?.length).to.be.below(20);
    for (const thrown of [null, undefined, 'secret', 7, { message: 'secret' }]) {
      expect(describeError(thrown).message).to.equal('not an error');
    }
  });
});
