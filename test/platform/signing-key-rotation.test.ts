import { expect } from 'chai';

import {
  advanceSigningKeys,
  listSigningKeys,
  PUBLISHED_AHEAD_MS,
  rotateSigningKeys,
  withdrawSigningKey,
} from '../../src/platform/keys/signing-key-rotation.ts';
import { SIGNING_ALGORITHMS } from '../../src/platform/keys/signing-keys.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { waitFor } from '../support/wait-for.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const TYPE = 'test+jwt';
const DAY_MS = 86_400_000;

describe('Rotating and withdrawing signing keys', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let here: Connected;
  let elsewhere: Connected;

  before(async () => {
    database = await createTestDatabase();
    here = await connect(testConfig(database.url));
    elsewhere = await connect(testConfig(database.url));
  });
  after(async () => {
    await here?.close();
    await elsewhere?.close();
    await database?.drop();
  });

  /** The dependencies of the key schedule with a clock ahead of now. */
  const deps = (laterMs = 0) => ({
    ...here,
    rotationDays: 90,
    clock: { now: () => new Date(Date.now() + laterMs) },
  });
  const kidsOf = async (status: string) =>
    (await listSigningKeys(here))
      .filter((key) => key.status === status && key.alg === 'ES256')
      .map(({ kid }) => kid);
  const signElsewhere = () => elsewhere.signer.sign({ a: 1 }, { typ: TYPE });
  const kidThatSigns = async () =>
    (await elsewhere.signer.verify(await signElsewhere(), { typ: TYPE }))?.kid;

  it('publishes a key before it signs, and verifies with the old keys through three rotations', async () => {
    const statements = [await signElsewhere()];
    for (let turn = 1; turn <= 3; turn += 1) {
      const before = await kidThatSigns();
      const added = await rotateSigningKeys(deps());
      const successors = (await listSigningKeys(here)).filter(({ status }) => status === 'next');
      expect(successors.map(({ alg }) => alg)).to.have.members([...SIGNING_ALGORITHMS]);
      expect(successors.map(({ kid }) => kid)).to.have.members(added);
      expect(await rotateSigningKeys(deps()), 'a second call changes nothing').to.deep.equal([]);
      const [next] = await kidsOf('next');
      await advanceSigningKeys(deps(PUBLISHED_AHEAD_MS - 60_000));
      expect(await kidThatSigns()).to.equal(before);
      await advanceSigningKeys(deps(PUBLISHED_AHEAD_MS + 60_000));
      await waitFor(
        'the other node to sign with it',
        async () => (await kidThatSigns()) === next,
        1_000,
      );
      statements.push(await signElsewhere());
      expect(await kidsOf('current')).to.deep.equal([next]);
      for (const statement of statements)
        expect(await elsewhere.signer.verify(statement, { typ: TYPE })).not.to.equal(null);
    }
    expect(await kidsOf('retired')).to.have.length(3);
  });

  it('destroys the private part of a key that stops signing (K-01)', async () => {
    const rows = await here.db.query<{ status: string; size: number; hasSecret: boolean }>({
      name: 'test-private-parts',
      text: `select status, length(sealed_private_jwk) as size,
               public_jwk::jsonb ?| array['d', 'p', 'q', 'dp', 'dq', 'qi'] as has_secret from signing_keys`,
    });
    const retired = rows.filter(({ status }) => status === 'retired');
    expect(retired).to.have.length(3 * SIGNING_ALGORITHMS.length);
    for (const { status, size } of rows) expect(size === 0, status).to.equal(status === 'retired');
    expect(rows.some(({ hasSecret }) => hasSecret)).to.equal(false);
  });

  it('leaves the private part of a key from before the update for a day, for older nodes', async () => {
    const [kid = ''] = await kidsOf('current');
    await here.db.query({
      name: 'test-older-key',
      text: `update signing_keys set private_part_until = now() + interval '1 day' where kid = $1`,
      values: [kid],
    });
    const sizeOf = async (): Promise<number | undefined> =>
      (
        await here.db.query<{ size: number }>({
          name: 'test-size',
          text: 'select length(sealed_private_jwk) as size from signing_keys where kid = $1',
          values: [kid],
        })
      )[0]?.size;
    await rotateSigningKeys(deps());
    await advanceSigningKeys(deps(PUBLISHED_AHEAD_MS + 60_000));
    expect(await kidsOf('retired')).to.include(kid);
    expect(await sizeOf()).to.be.above(0);
    await advanceSigningKeys(deps(DAY_MS + 60_000));
    expect(await sizeOf()).to.equal(0);
  });

  it('numbers the keys of an algorithm, and gives no number twice', async () => {
    const versionsOf = async (alg: string) =>
      (await listSigningKeys(here))
        .filter((key) => key.alg === alg)
        .map(({ version }) => version)
        .toSorted((one, other) => one - other);
    const before = await versionsOf('PS256');
    expect(before).to.deep.equal(before.map((_version, index) => index + 1));
    const current = (await listSigningKeys(here)).find(
      ({ alg, status }) => alg === 'PS256' && status === 'current',
    );
    await withdrawSigningKey(deps(), { kid: current?.kid ?? '' });
    expect(await versionsOf('PS256')).to.deep.equal([...before.slice(0, -1), before.length + 1]);
  });

  it('removes a key once everything that it signed has expired, and keeps those of receipts', async () => {
    const tokenSeconds = 30 * 86_400;
    const retired = async () =>
      (await listSigningKeys(here)).filter(({ status }) => status === 'retired');
    const before = await retired();
    // Without a schedule of rotations: nothing else happens then.
    const later = (ms: number) => ({ ...deps(ms), rotationDays: 0, tokenSeconds });
    await advanceSigningKeys(later(tokenSeconds * 1000 - 60_000));
    expect(await retired()).to.have.length(before.length);
    await advanceSigningKeys(later(tokenSeconds * 1000 + DAY_MS + 3_600_000));
    const kept = await retired();
    expect(new Set(kept.map(({ alg }) => alg))).to.deep.equal(new Set(['ES256']));
    expect(kept).to.have.length(before.filter(({ alg }) => alg === 'ES256').length);
  });

  it('adds a key for an algorithm new in this version, and notifies running nodes', async () => {
    await here.db.query({
      name: 'test-drop-new-algorithms',
      text: `delete from signing_keys where alg in ('PS256', 'EdDSA')`,
    });
    let isAnnounced = false;
    elsewhere.feed.subscribe('signing-keys', () => {
      isAnnounced = true;
    });
    const newer = await connect(testConfig(database.url));
    await newer.signer.sign({ a: 1 }, { typ: TYPE });
    await newer.close();
    const current = (await listSigningKeys(here)).filter(({ status }) => status === 'current');
    expect(current.map(({ alg }) => alg)).to.have.members([...SIGNING_ALGORITHMS]);
    await waitFor('the notification at the other node', async () => isAnnounced, 5_000);
  });

  it('replaces a key after the configured days', async () => {
    await advanceSigningKeys(deps(89 * DAY_MS));
    expect(await kidsOf('next')).to.have.length(0);
    await advanceSigningKeys(deps(91 * DAY_MS));
    expect(await kidsOf('next')).to.have.length(1);
    await advanceSigningKeys({ ...deps(91 * DAY_MS), rotationDays: 0 });
    expect(await kidsOf('next')).to.have.length(1);
  });

  it('refuses signatures of a withdrawn key on every node, and signs with a new key', async () => {
    const statement = await signElsewhere();
    const [kid = ''] = await kidsOf('current');
    await withdrawSigningKey(deps(), { kid });
    await waitFor(
      'the other node to refuse it',
      async () => (await elsewhere.signer.verify(statement, { typ: TYPE })) === null,
      1_000,
    );
    expect(await kidThatSigns()).not.to.equal(kid);
    expect((await listSigningKeys(here)).map((key) => key.kid)).not.to.include(kid);
    const failure = await withdrawSigningKey(deps(), { kid }).catch((error: unknown) => error);
    expect(isAppError(failure, 'signing_key_not_found')).to.equal(true);
  });
});
