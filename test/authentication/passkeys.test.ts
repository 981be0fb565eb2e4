import { expect } from 'chai';

import { sql } from '../../src/platform/postgres/sql.ts';
import { failureOf } from '../support/failure.ts';
import type { TestPerson } from '../support/people/people.ts';
import { type DeviceChanges, type PasskeyDevice, passkeyDevice } from './passkey-device.ts';
import { addPasskey, HERE, signInWith, startSignIn } from './passkey-scene.ts';
import { RELYING_PARTY, type Scene, setScene } from './scene.ts';
import { DEVICE, secure } from './second-step-scene.ts';

describe('Passkeys', () => {
  let scene: Scene;
  let person: TestPerson;
  let device: PasskeyDevice;
  let passkeyId: string;
  before(async () => {
    scene = await setScene();
  });
  beforeEach(async () => {
    scene.clock.advance(300);
    person = await scene.person();
    const added = await addPasskey(scene, person, { hasCounter: true });
    device = added.device;
    passkeyId = added.passkey.id;
  });
  after(() => scene.close());

  const codeOf = async (work: Promise<unknown>) => (await failureOf(work)).code;
  const list = () => scene.authentication.listPasskeys({ accountId: person.accountId });
  const mails = async () => (await scene.mailsTo(person.email)).map(({ template }) => template);
  const node = () => scene.authentication;

  describe('a sign-in without a name', () => {
    it('gives the methods of the passkey, which are two factors (6.5.7)', async () => {
      const outcome = await signInWith(node(), device);
      const { accountId } = person;
      const own = { status: 'signed_in', accountId, amr: ['hwk', 'user', 'mfa'] };
      expect(outcome).to.deep.include(own);
      scene.clock.advance(1);
      const synced = await addPasskey(scene, person, { isSynced: true });
      const other = await signInWith(node(), synced.device);
      expect(other).to.deep.include({ amr: ['swk', 'user', 'mfa'] });
      const [first, second] = await list();
      expect(first?.storage).to.equal('device');
      expect(second).to.deep.include({ storage: 'synced', lastUsedAt: scene.clock.now() });
    });

    it('has the same options for every visitor, and names no passkey (E-01)', async () => {
      const { options } = await startSignIn(node());
      const { challenge, extensions, ...rest } = options;
      expect(extensions).to.equal(undefined);
      expect(Buffer.from(challenge, 'base64url')).to.have.length(32);
      const { id: rpId } = RELYING_PARTY;
      const same = { rpId, timeout: 600_000, userVerification: 'required', allowCredentials: [] };
      expect(rest).to.deep.equal(same);
    });

    it('is possible while wrong passwords keep an attacker out (B-02)', async () => {
      const wrong = { identifier: person.email, password: 'not the password', deviceId: 'x' };
      let code = '';
      for (let tries = 0; tries < 30 && code !== 'sign_in_locked'; tries += 1)
        code = await codeOf(node().signIn({ ...wrong, ip: HERE.ip }));
      expect(code).to.equal('sign_in_locked');
      expect((await signInWith(node(), device)).status).to.equal('signed_in');
      // The attacker is still kept out.
      expect(await codeOf(node().signIn({ ...wrong, ip: HERE.ip }))).to.equal('sign_in_locked');
    });

    it('accepts a challenge once, at any node, also in parallel (6.7.2)', async () => {
      const other = scene.anotherNode();
      const request = await startSignIn(node());
      const answers = Array.from({ length: 8 }, () => device.get(request));
      const tries = answers.map((answer, index) =>
        (index % 2 === 0 ? node() : other).signInByPasskey({
          ...HERE,
          ticket: request.ticket,
          answer,
        }),
      );
      const results = await Promise.allSettled(tries);
      expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      const [first] = answers;
      const again = other.signInByPasskey({ ...HERE, ticket: request.ticket, answer: first });
      expect(await codeOf(again)).to.equal('passkey_expired');
      // Answers to one challenge are no sign of a copy.
      expect((await list())[0]?.blockedAt).to.equal(null);
    });

    it('refuses a challenge that is old, made up, of another browser or of another step (6.7.2)', async () => {
      const request = await startSignIn(node());
      const { ticket } = request;
      const answer = device.get(request);
      const from = (change: object) =>
        codeOf(node().signInByPasskey({ ...HERE, ticket, answer, ...change }));
      expect(await from({ deviceId: 'another browser' })).to.equal('passkey_expired');
      expect(await from({ deviceId: null })).to.equal('passkey_expired');
      expect(await from({ ticket: `${ticket}A` })).to.equal('passkey_expired');
      const { accountId } = person;
      const creation = await node().startPasskey({ accountId, deviceId: DEVICE });
      expect(await from({ ticket: creation.ticket })).to.equal('passkey_expired');
      scene.clock.advance(601);
      expect(await from({})).to.equal('passkey_expired');
    });

    const changes: Readonly<Record<string, DeviceChanges>> = {
      'another origin': { origin: 'https://id.example.org.evil.example' },
      'another port of the site': { origin: 'https://id.example.org:8443' },
      'another site': { rpId: 'example.org' },
      'another challenge': { challenge: Buffer.alloc(32, 1).toString('base64url') },
      'the creation of a passkey': { type: 'webauthn.create' },
      'no verification of the person (6.5.7)': { isVerified: false },
      'another owner': { userHandle: Buffer.alloc(32, 2).toString('base64url') },
      'no owner': { userHandle: null },
      'a changed backup flag': { isBackupEligible: true },
    };
    for (const [title, change] of Object.entries(changes)) {
      it(`refuses an assertion for ${title} (6.7.2)`, async () => {
        const request = await startSignIn(node());
        const answer = device.get(request, change);
        const given = { ...HERE, ticket: request.ticket, answer };
        expect(await codeOf(node().signInByPasskey(given))).to.equal('passkey_refused');
        // The same device is accepted without the change.
        expect((await signInWith(node(), device)).status).to.equal('signed_in');
      });
    }

    it('refuses unknown passkeys, blocked people and text that is no assertion alike (E-01)', async () => {
      const { accounts, db } = scene.connected;
      const { accountId } = person;
      const stranger = passkeyDevice();
      const request = await startSignIn(node());
      const failures = [];
      for (const answer of [
        stranger.get(request),
        null,
        { id: 1 },
        device.get(request, { count: 0 }),
      ])
        failures.push(
          await failureOf(node().signInByPasskey({ ...HERE, ticket: request.ticket, answer })),
        );
      await db.transaction((tx) =>
        accounts.setStatus(tx, { accountId, status: 'suspended', reason: 'a test' }),
      );
      failures.push(await failureOf(signInWith(node(), device)));
      const seen = failures.map(({ kind, code, message }) => ({ kind, code, message }));
      const refusal = {
        kind: 'unauthenticated',
        code: 'passkey_refused',
        message: 'passkey_refused',
      };
      expect(seen).to.deep.equal(Array.from({ length: 5 }, () => refusal));
    });

    it('offers to restore an account that its owner deleted', async () => {
      const { accountId } = person;
      await scene.connected.deletions.delete({ accountId, locale: 'en' });
      const outcome = await signInWith(node(), device);
      if (outcome.status !== 'deleted') throw new Error(outcome.status);
      const restored = await node().restoreAccount({ ticket: outcome.ticket, deviceId: DEVICE });
      expect(restored).to.deep.include({ accountId, amr: ['hwk', 'user', 'mfa'] });
    });
  });

  it('blocks a passkey whose counter does not grow, and informs its owner (6.7.2)', async () => {
    const copy = device.clone();
    await signInWith(node(), device);
    await signInWith(node(), device);
    expect(await codeOf(signInWith(node(), copy))).to.equal('passkey_refused');
    expect((await list())[0]?.blockedAt).to.deep.equal(scene.clock.now());
    expect(await mails()).to.include('passkey-blocked');
    expect(await codeOf(signInWith(node(), device))).to.equal('passkey_refused');
    const events = await scene.connected.db.query<{
      kind: string;
    }>(sql`select kind from audit_events
      where account_id = ${person.accountId} and kind like 'passkey.%' order by id`);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['passkey.added', 'passkey.blocked']);
  });

  describe('adding one', () => {
    const start = () => node().startPasskey({ accountId: person.accountId, deviceId: DEVICE });
    const add = (ticket: string, answer: unknown, accountId = person.accountId) =>
      node().addPasskey({ accountId, deviceId: DEVICE, ticket, answer });

    it('requests a discoverable passkey with verification, under a handle that is not the account', async () => {
      const { options } = await start();
      const { authenticatorSelection, attestation, pubKeyCredParams, excludeCredentials } = options;
      expect(authenticatorSelection).to.deep.include({
        residentKey: 'required',
        userVerification: 'required',
      });
      expect(attestation).to.equal('none');
      expect(pubKeyCredParams.map(({ alg }) => alg)).to.deep.equal([-7, -8, -257]);
      expect(excludeCredentials?.map(({ id }) => id)).to.deep.equal([device.credentialId]);
      const handle = Buffer.from(options.user.id, 'base64url');
      expect(handle).to.have.length(32);
      expect(handle.toString()).not.to.include(person.accountId);
      expect((await start()).options.user.id).to.equal(options.user.id);
    });

    const changes: Readonly<Record<string, DeviceChanges>> = {
      'another origin': { origin: 'https://evil.example' },
      'another site': { rpId: 'evil.example' },
      'another challenge': { challenge: Buffer.alloc(32, 1).toString('base64url') },
      'no verification of the person (6.5.7)': { isVerified: false },
    };
    for (const [title, change] of Object.entries(changes)) {
      it(`refuses an answer for ${title} (6.7.2)`, async () => {
        const creation = await start();
        const answer = passkeyDevice().create(creation, change);
        expect(await codeOf(add(creation.ticket, answer))).to.equal('passkey_refused');
        expect(await list()).to.have.length(1);
      });
    }

    it('accepts a challenge once, for one account, and a credential once for all accounts (6.7.2)', async () => {
      const other = await scene.person();
      const creation = await start();
      const answer = passkeyDevice().create(creation);
      expect(await codeOf(add(creation.ticket, answer, other.accountId))).to.equal(
        'passkey_expired',
      );
      const tries = await Promise.allSettled([1, 2, 3].map(() => add(creation.ticket, answer)));
      expect(tries.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      const { accountId } = other;
      const again = await node().startPasskey({ accountId, deviceId: DEVICE });
      const known = device.create(again);
      expect(await codeOf(add(again.ticket, known, accountId))).to.equal('passkey_exists');
    });

    it('ends at twenty, and is refused after a sign-out everywhere when the proof is from before', async () => {
      const creation = await start();
      const { accountId } = person;
      const answer = passkeyDevice().create(creation);
      const old = { accountId, deviceId: DEVICE, ticket: creation.ticket, answer, generation: 0 };
      await scene.connected.accounts.signOutEverywhere({ accountId });
      expect(await codeOf(node().addPasskey(old))).to.equal('passkey_expired');
      for (let count = 1; count < 20; count += 1) await addPasskey(scene, person);
      expect(await codeOf(start())).to.equal('too_many_passkeys');
      expect(await codeOf(add(creation.ticket, answer))).to.equal('too_many_passkeys');
    });
  });

  it('cannot be added after one step when the sign-in has two (M-03)', async () => {
    const late = await secure(scene, await scene.person());
    const { accountId } = late;
    const account = await scene.connected.accounts.read(accountId);
    const generation = account?.proofGeneration ?? 0;
    const addAfter = async (amr: readonly string[]) => {
      const { ticket, ...creation } = await node().startPasskey({ accountId, deviceId: DEVICE });
      const answer = passkeyDevice().create({ ...creation, ticket });
      return node().addPasskey({ accountId, deviceId: DEVICE, ticket, answer, generation, amr });
    };
    expect(await codeOf(addAfter(['pwd']))).to.equal('fresh_sign_in_required');
    await addAfter(['pwd', 'otp', 'mfa']);
    expect(await node().listPasskeys({ accountId })).to.have.length(1);
  });

  it('can be renamed and removed by their owner only, and do not sign in after that', async () => {
    const { accountId } = person;
    const stranger = (await scene.person()).accountId;
    const rename = (name: string, owner = accountId) =>
      node().renamePasskey({ accountId: owner, passkeyId, name });
    await rename('  Work   laptop ');
    expect((await list())[0]?.name).to.equal('Work laptop');
    expect(await codeOf(rename('a\u202Eb'))).to.equal('name_invalid');
    expect(await codeOf(rename('mine', stranger))).to.equal('passkey_not_found');
    const remove = (owner: string) => node().removePasskey({ accountId: owner, passkeyId });
    expect(await codeOf(remove(stranger))).to.equal('passkey_not_found');
    await remove(accountId);
    expect(await codeOf(signInWith(node(), device))).to.equal('passkey_refused');
    expect(await mails()).to.include.members(['passkey-added', 'passkey-removed']);
  });
});
