import { expect } from 'chai';

import { createPasswordHasher } from '../../src/authentication/index.ts';
import { failureOf } from '../support/failure.ts';
import { PASSWORD, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { IP, randomEmail, type Scene, setScene } from './scene.ts';

const MEGABYTE = 'x'.repeat(1_000_000);
const MOST_CPU_MS = 100;
const FIVE_YEARS_SECONDS = 5 * 365 * 86_400;

/** CPU of all threads of this process, in milliseconds. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe('Stored passwords', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const signIn = (identifier: string, password: string) =>
    scene.authentication.signIn({ identifier, password, deviceId: null, ip: IP });

  it('are argon2id hashes with 19 MiB, two passes and a salt each (P-01)', async () => {
    await scene.person();
    await scene.authentication.register({
      email: randomEmail(),
      password: PASSWORD,
      locale: 'en',
      ip: IP,
    });
    const { rows } = await scene.connected.db.pool.query<{ hash: string }>(
      'select hash from password_credentials',
    );
    expect(rows).to.have.length(2);
    const parts = rows.map(({ hash }) => hash.split('$'));
    for (const [, kind, version, costs = ''] of parts) {
      expect([kind, version]).to.deep.equal(['argon2id', 'v=19']);
      const [memory, passes] = ['m', 't'].map((name) =>
        Number(new RegExp(`${name}=(\\d+)`).exec(costs)?.[1]),
      );
      expect(memory).to.be.at.least(19 * 1_024);
      expect(passes).to.be.at.least(2);
    }
    const salts = new Set(parts.map(([, , , , salt = '']) => salt));
    expect(salts).to.have.property('size', rows.length);
    for (const salt of salts) expect(Buffer.from(salt, 'base64').length).to.be.at.least(16);
  });

  it('do not expire (6.2.10)', async () => {
    const { email } = await scene.person();
    scene.clock.advance(FIVE_YEARS_SECONDS);
    expect((await signIn(email, PASSWORD)).status).to.equal('signed_in');
  });

  it('cost no more to check when a megabyte is sent (P-01)', async () => {
    const { email, accountId } = await scene.person();
    const wrong = (password: string) => () => failureOf(signIn(email, password));
    await wrong('warm up')();
    const usual = await cpuOf(wrong('a wrong password'));
    expect(await cpuOf(wrong(MEGABYTE))).to.be.below(usual + MOST_CPU_MS);
    const change = { accountId, keepSessionUid: null, locale: 'en' };
    const { changePassword } = scene.authentication;
    const cpu = await cpuOf(async () => {
      const asNew = { ...change, currentPassword: PASSWORD, newPassword: MEGABYTE };
      expect(await failureOf(changePassword(asNew))).to.include({ code: 'password_invalid' });
    });
    expect(cpu).to.be.below(MOST_CPU_MS);
  });

  it('are never compared with a text of more than a kilobyte (P-01)', async () => {
    const { email } = await scene.person();
    const hasher = createPasswordHasher();
    const lengths: number[] = [];
    const { signIn } = scene.anotherNode({
      hasher: {
        ...hasher,
        verify: (hash, password, request) => {
          lengths.push(password.length);
          return hasher.verify(hash, password, request);
        },
      },
    });
    for (const password of [MEGABYTE, 'x'.repeat(1_025), 'x'.repeat(1_024)]) {
      const attempt = signIn({ identifier: email, password, deviceId: null, ip: IP });
      expect(await failureOf(attempt)).to.include({ code: 'sign_in_failed' });
    }
    expect(lengths).to.deep.equal([0, 0, 0, 0, 1_024, 1_024]);
  });
});

describe('A form with a megabyte in the place of a password', function () {
  this.timeout(30_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('is refused before it is read (P-01)', async () => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    const fields = { identifier: 'ana@example.org', password: MEGABYTE };
    const cpu = await cpuOf(async () => {
      await visitor.submitForm('form[action$="/sign-in"]', fields);
      expect(visitor.page.status).to.equal(413);
    });
    expect(cpu).to.be.below(MOST_CPU_MS);
  });
});
