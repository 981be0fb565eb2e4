import { randomUUID } from 'node:crypto';

import { hashSync } from 'bcryptjs';
import { expect } from 'chai';

import { createAuthentication, createPasswordHasher } from '../../src/authentication/index.ts';
import { parseImportedHash } from '../../src/authentication/passwords/imported-hash.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { failureOf } from '../support/failure.ts';
import { IP, setScene, type Scene, RELYING_PARTY } from './scene.ts';

const PASSWORD = 'short one';

describe('signing in with an imported password', () => {
  let scene: Scene;
  /** The hashes that passwords were compared with: their scheme, or `ours`. */
  let compared: string[];
  let isHashingBusy: boolean;

  beforeEach(async () => {
    scene = await setScene();
    compared = [];
    isHashingBusy = false;
  });

  afterEach(() => scene.close());

  function authentication() {
    const hasher = createPasswordHasher();
    return createAuthentication({
      ...scene.connected,
      transientSealer: scene.connected.transientSealer,
      blindIndexKey: scene.connected.config.secrets.blindIndexKey,
      failedSignIns: scene.connected.config.failedSignIns,
      onSignInsPaused: () => undefined,
      relyingParty: RELYING_PARTY,
      transferProvenAddresses: false,
      retentionSeconds: 86_400,
      hasher: {
        ...hasher,
        hash: async (password) => {
          if (isHashingBusy) throw new AppError('unavailable', 'busy');
          return hasher.hash(password);
        },
        verify: async (hash, password, request) => {
          const target = hash ?? request?.decoy ?? '';
          compared.push(parseImportedHash(target)?.scheme ?? 'ours');
          return hasher.verify(hash, password, request);
        },
      },
    });
  }

  async function importPerson(): Promise<string> {
    const { email, accountId } = await scene.person();
    await scene.connected.db.pool.query('delete from password_credentials where account_id = $1', [
      accountId,
    ]);
    await scene.connected.authentication.importPasswords(scene.connected.db, [
      { accountId, hash: hashSync(PASSWORD, 5) },
    ]);
    return email;
  }

  it('does the same work for an imported account as for an unknown address', async () => {
    const email = await importPerson();
    const { signIn } = authentication();
    const work: string[][] = [];
    for (const identifier of [email, `${randomUUID()}@example.org`]) {
      compared = [];
      const input = { identifier, password: 'wrong', deviceId: null, ip: IP };
      expect(await failureOf(signIn(input))).to.include({ code: 'sign_in_failed' });
      work.push(compared);
    }
    // All accounts here were imported, so every unknown address gets an imported decoy.
    expect(work).to.deep.equal([
      ['bcrypt:5', 'ours'],
      ['bcrypt:5', 'ours'],
    ]);
  });

  it('does not refuse a right password when the queue for new hashes is full', async () => {
    const email = await importPerson();
    const { signIn } = authentication();
    const input = { identifier: email, password: PASSWORD, deviceId: null, ip: IP };
    isHashingBusy = true;
    expect((await signIn(input)).status).to.equal('signed_in');
    isHashingBusy = false;
    expect((await signIn(input)).status).to.equal('signed_in');
    compared = [];
    expect((await signIn(input)).status).to.equal('signed_in');
    expect(compared).to.deep.equal(['ours']);
  });

  it('refuses to store a hash that this server cannot check', async () => {
    const { accountId } = await scene.person();
    const failure = await failureOf(
      scene.connected.authentication.importPasswords(scene.connected.db, [
        { accountId, hash: 'plain text' },
      ]),
    );
    expect(failure).to.include({ code: 'password_hash_unknown' });
  });
});
