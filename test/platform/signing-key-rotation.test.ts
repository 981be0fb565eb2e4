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
