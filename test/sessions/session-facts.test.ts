import path from 'node:path';
import { createRequire } from 'node:module';

import { expect } from 'chai';

import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { readMessages } from '../support/people/sent-messages.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

const PLACES = createRequire(import.meta.url).resolve(
  '@ip-location-db/geo-whois-asn-country-mmdb/package.json',
);
/** An address of RIPE NCC. */
const AMSTERDAM = '193.0.6.139';

interface ListedSession {
  readonly isCurrent: boolean;
  readonly place: string | null;
  readonly amr: readonly string[];
  readonly isRemembered: boolean;
  readonly apps: readonly { readonly clientId: string; readonly name: string }[];
}

describe('The facts about a session', () => {
  let server: TestServer;
  let person: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer({
      config: {
        trustedProxies: ['127.0.0.1', '::1'],
        geoDatabase: path.join(path.dirname(PLACES), 'geo-whois-asn-country.mmdb'),
      },
    });
    person = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId, { name: 'Bookshop' });
  });
  after(() => server?.stop());

  const arrive = async (headers: Record<string, string>): Promise<Visitor> => {
    const visitor = visitorAt(server.url, { headers });
    await visitor.get('/account/sessions');
    await signIn(visitor, person);
    return visitor;
  };
  const listOf = async (visitor: Visitor): Promise<ListedSession[]> => {
    const answer = await visitor.request(`${server.url}/api/v1/account/sessions`);
    return (await answer.json()) as ListedSession[];
  };

  it('contain the place of its address in the language of the reader', async () => {
    const abroad = await arrive({ 'x-forwarded-for': AMSTERDAM, 'accept-language': 'ru' });
    expect((await listOf(abroad)).map(({ place }) => place)).to.include('Нидерланды');
    const here = await arrive({ 'accept-language': 'en' });
    const places = (await listOf(here)).map(({ isCurrent, place }) => [isCurrent, place]);
    expect(places).to.deep.include([true, null]).and.deep.include([false, 'Netherlands']);
    const { text } = await here.get('/account/sessions');
    expect(text).to.include(`Netherlands Address ${AMSTERDAM}`);
  });

  it('are in the mail about a new device, with the place', async () => {
    await arrive({ 'x-forwarded-for': AMSTERDAM });
    const mails = await readMessages(server.connected);
    const newest = mails.findLast((mail) => mail?.template === 'new-device');
    expect(newest?.values['ip']).to.equal(`${AMSTERDAM} (Netherlands)`);
  });

  it('contain its factors and whether it ends with the browser', async () => {
    const visitor = await arrive({});
    const current = (await listOf(visitor)).find(({ isCurrent }) => isCurrent);
    expect(current).to.deep.include({ amr: ['pwd'], isRemembered: false });
    const { text } = await visitor.get('/account/sessions');
    expect(text).to.match(/This device.*Signed in [^:]*:\d\d UTC: password/);
    expect(text).to.match(/Signed in until [^,]*, or until the browser closes/);
    expect(text).to.include('not used for 14 days, and 30 days after you signed in');
  });

  it('contain the apps that were signed in to through it, until their access ends', async () => {
    const visitor = await arrive({});
    await connectApp({ visitor, app, person });
    const appsNow = async () => (await listOf(visitor)).find(({ isCurrent }) => isCurrent)?.apps;
    expect(await appsNow()).to.deep.equal([{ clientId: app.clientId, name: 'Bookshop' }]);
    const { text } = await visitor.get(`${server.url}/account/sessions`);
    expect(text).to.include('Apps used through it: Bookshop');
    const other = (await listOf(visitor)).filter(({ isCurrent }) => !isCurrent);
    expect(other.flatMap(({ apps }) => apps)).to.deep.equal([]);
    const { accountId } = person;
    await server.connected.consents.withdraw({ accountId, clientId: app.clientId });
    expect(await appsNow()).to.deep.equal([]);
  });
});
