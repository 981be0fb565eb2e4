import { expect } from 'chai';

import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { browserAt, type GatewaySite, startGateway } from './gateway-scene.ts';

const NAME = 'Ana Петрова 100%';

describe('Values of a person at a gateway', function () {
  this.timeout(60_000);
  let server: TestServer;
  let site: GatewaySite;

  before(async () => {
    server = await startTestServer();
    site = await startGateway(server, {
      scopes: ['openid', 'profile', 'email'],
      gatewayReadsContact: true,
    });
  });
  after(async () => {
    await site?.stop();
    await server?.stop();
  });

  const newPerson = () =>
    createPerson(server.connected, {
      values: { name: [NAME], nickname: ['ani'] },
    });
  const reads = async ({ accountId }: TestPerson): Promise<string[]> => {
    const { ledger } = server.connected;
    const rows = await ledger.list({ accountId, clientId: site.clientId, limit: 50 });
    return rows.map(({ channel, claims }) => `${channel} ${claims.toSorted().join(' ')}`);
  };
  const enter = async (person: TestPerson, claims: Readonly<Record<string, string>>) => {
    const visitor = browserAt(site);
    await site.enter(visitor, person, claims);
    return visitor;
  };
  const choose = ({ attributeIds }: TestPerson, ...claims: string[]) =>
    Object.fromEntries(claims.map((claim) => [`claim.${claim}`, attributeIds[claim]?.[0] ?? '']));

  it('are passed on when the app and the person chose that, each time with a row of the ledger', async () => {
    const ana = await newPerson();
    const visitor = await enter(ana, choose(ana, 'email', 'name', 'nickname'));
    const before = (await reads(ana)).length;
    const answer = await site.check(visitor);
    expect(answer.headers.get('consentry-email')).to.equal(ana.email);
    expect(answer.headers.get('consentry-name')).to.equal(
      `Ana ${encodeURIComponent('Петрова')} 100%25`,
    );
    const body = (await answer.json()) as object;
    expect(body).to.include({ email: ana.email, email_verified: true, name: NAME });
    expect(body).to.not.have.any.keys('nickname');
    const rows = await reads(ana);
    expect(rows).to.have.length(before + 1);
    expect(rows[0]).to.equal('introspection email email_verified name');
  });

  it('are only those that the person shares', async () => {
    const ana = await newPerson();
    const visitor = await enter(ana, { ...choose(ana, 'name'), 'claim.email': 'refuse' });
    const answer = await site.check(visitor);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('consentry-email')).to.equal('');
    expect(await answer.json()).to.not.have.any.keys('email', 'email_verified');
    expect((await reads(ana))[0]).to.equal('introspection name');
  });

  it('are left out as soon as the app turns the switch off, and nothing is recorded', async () => {
    const ana = await newPerson();
    const visitor = await enter(ana, choose(ana, 'email', 'name'));
    const { clients } = server.connected;
    const owner = (await clients.find(site.clientId))?.ownerAccountId ?? '';
    const manager = { accountId: owner, isAdministrator: false };
    const change = (gatewayReadsContact: boolean) =>
      clients.change({ clientId: site.clientId, manager, changes: { gatewayReadsContact } });
    await change(false);
    const before = await reads(ana);
    const answer = await site.check(visitor);
    expect(await answer.json()).to.not.have.any.keys('email', 'name');
    expect(await reads(ana)).to.deep.equal(before);
    await change(true);
  });

  it('that are shared once are not used up by a check', async () => {
    const ana = await newPerson();
    const visitor = await enter(ana, { ...choose(ana, 'email'), 'duration.email': 'once' });
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await (await site.check(visitor)).json()).to.not.have.any.keys('email');
    }
    expect(await reads(ana)).to.deep.equal([]);
  });

  it('are not passed on while the ledger cannot be written', async () => {
    const ana = await newPerson();
    const visitor = await enter(ana, choose(ana, 'email', 'name'));
    const { db } = server.connected;
    const rename = (from: string, to: string) =>
      db.query({ name: '', text: `alter function ${from} rename to ${to}` });
    await rename('append_releases', 'append_releases_away');
    try {
      const answer = await site.check(visitor);
      expect(answer.status).to.equal(503);
      expect([...answer.headers.keys()].join(' ')).to.not.contain('consentry-');
      expect(await answer.text()).to.not.contain(ana.email);
    } finally {
      await rename('append_releases_away', 'append_releases');
    }
  });
});
