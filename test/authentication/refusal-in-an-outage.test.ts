import { expect } from 'chai';

import type { Database } from '../../src/platform/postgres/postgres.ts';
import { outage } from '../../src/platform/postgres/postgres-failure.ts';
import { failureOf } from '../support/failure.ts';
import type { TestPerson } from '../support/people/people.ts';
import { waitFor } from '../support/wait-for.ts';
import { inRequest } from '../sessions/request.ts';
import { IP, type Scene, setScene } from './scene.ts';

describe('A refused sign-in whose transaction fails', () => {
  let scene: Scene;
  let ana: TestPerson;

  before(async () => {
    scene = await setScene();
  });
  after(() => scene?.close());
  beforeEach(async () => {
    ana = await scene.person();
  });

  /** A node whose transactions end in this way, and then fail. */
  const nodeWith = (transaction: Database['transaction']) =>
    scene.anotherNode({ db: { ...scene.connected.db, transaction } });
  const signIn = ({ signIn: attempt }: ReturnType<typeof nodeWith>) =>
    inRequest(() =>
      failureOf(attempt({ identifier: ana.email, password: 'wrong', ip: IP, deviceId: null })),
    );
  const failures = async () => {
    const events = await scene.connected.audit.list(ana.accountId);
    return events.filter(({ kind }) => kind === 'sign_in.failed').length;
  };

  it('is recorded once if the answer to the commit was lost', async () => {
    const node = nodeWith(async (work) => {
      await scene.connected.db.transaction(work);
      throw outage();
    });
    expect((await signIn(node)).code).to.equal('database_unavailable');
    // The next attempt is written after the late event of the first.
    await inRequest(() =>
      failureOf(
        scene.authentication.signIn({
          identifier: ana.email,
          password: 'wrong',
          ip: IP,
          deviceId: null,
        }),
      ),
    );
    await scene.connected.audit.close();
    expect(await failures()).to.equal(2);
  });

  it('is recorded if it was rolled back', async () => {
    const node = nodeWith(() => Promise.reject(outage()));
    expect((await signIn(node)).code).to.equal('database_unavailable');
    await waitFor('the event', async () => (await failures()) === 1, 10_000);
  });
});
