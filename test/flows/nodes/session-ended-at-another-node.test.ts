import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import { startInstallation, type Installation } from '../../support/servers/installation.ts';

const ROUNDS = 12;

describe('An authorization from a session that another node ends', function () {
  this.timeout(120_000);
  let installation: Installation;
  let person: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    installation = await startInstallation('Postgres alone');
    const { connected, issuer } = installation;
    person = await createPerson(connected);
    app = await registerThirdPartyApp({ url: issuer, connected }, person.accountId);
  });
  after(() => installation?.stop());

  it('never leads to a token, whichever of the two is first', async () => {
    const { connected, issuer } = installation;
    const { accountId } = person;
    let answered = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // The node may use its copy of the ended session for a moment: the code of that is refused.
      const visitor = visitorAt(issuer);
      await connectApp({ visitor, app, person });
      const beginning = app.begin(visitor, { prompt: 'none' });
      // From before the request arrives until after its answer.
      await sleep(round * 3);
      await connected.accounts.signOutEverywhere({ accountId });
      const attempt = await beginning;
      answered += 1;
      const tokens = await attempt.finish().then(
        () => 'tokens',
        () => null,
      );
      expect(tokens, `round ${String(round)}`).to.equal(null);
    }
    expect(answered).to.equal(ROUNDS);
    const rows = await connected.db.query({
      name: 'test-live-grants',
      text: 'select 1 from grants where account_id = $1 and revoked_at is null',
      values: [accountId],
    });
    expect(rows).to.have.length(0);
  });
});
