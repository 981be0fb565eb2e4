import { expect } from 'chai';

import { createPasswordHasher } from '../../src/authentication/index.ts';
import { OWN_DECOY } from '../../src/authentication/passwords/imported-hash.ts';
import { failureOf } from '../support/failure.ts';

describe('the password hasher', () => {
  it('makes argon2id hashes at the published parameters, each with its own salt', async () => {
    const hasher = createPasswordHasher();
    const [one, two] = await Promise.all([hasher.hash('same'), hasher.hash('same')]);
    expect(one).to.match(/^\$argon2id\$v=19\$/);
    expect(one).to.include('m=19456').and.include('t=2').and.include('p=1');
    expect(one).to.not.equal(two);
    expect(hasher.needsRehash(one)).to.equal(false);
  });

  it('accepts a password in every Unicode composition, and distinguishes case, spaces and length (6.2.8)', async () => {
    const hasher = createPasswordHasher();
    const hash = await hasher.hash(` Café${'x'.repeat(100)}`);
    const tries = [
      ` Cafe\u0301${'x'.repeat(100)}`,
      `Café${'x'.repeat(100)}`,
      ` café${'x'.repeat(100)}`,
      ` Café${'x'.repeat(99)}`,
    ];
    const answers = [];
    for (const attempt of tries) answers.push(await hasher.verify(hash, attempt));
    expect(answers).to.deep.equal([true, false, false, false]);
  });

  it('returns false for any password without a hash, after the same work', async () => {
    const hasher = createPasswordHasher();
    expect(await hasher.verify(null, 'nobody has this password')).to.equal(false);
    expect(hasher.needsRehash(OWN_DECOY)).to.equal(false);
    expect(OWN_DECOY.length).to.equal((await hasher.hash('any')).length);
  });

  it('works on one at a time when configured so, and fails with "busy" when too many wait', async () => {
    const hasher = createPasswordHasher({ concurrency: 1, queueLimit: 3 });
    const finished: number[] = [];
    const works = [0, 1, 2, 3].map(async (index) => {
      await hasher.hash('x');
      finished.push(index);
    });
    const refused = await failureOf(hasher.hash('x'));
    expect([refused.kind, refused.code]).to.deep.equal(['unavailable', 'busy']);
    expect(refused.retryAfterSeconds).to.be.above(0);
    await Promise.all(works);
    expect(finished).to.deep.equal([0, 1, 2, 3]);
    await hasher.hash('there is room again');
  });

  it('fails with "busy" when its turn does not come in time', async () => {
    const hasher = createPasswordHasher({ concurrency: 1, queueLimit: 3, waitMs: 0 });
    const first = hasher.hash('x');
    const refused = await failureOf(hasher.hash('y'));
    expect([refused.kind, refused.code]).to.deep.equal(['unavailable', 'busy']);
    await first;
  });

  it('releases its slot after a failure', async () => {
    const hasher = createPasswordHasher({ concurrency: 1, queueLimit: 0 });
    await hasher.verify('not a hash', 'x').catch(() => undefined);
    expect(await hasher.hash('x')).to.be.a('string');
  });
});
