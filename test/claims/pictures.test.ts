import { expect } from 'chai';
import * as oauth from 'openid-client';

import { settableClock, type SettableClock } from '../support/clock.ts';
import { connectApp } from '../support/people/connect-app.ts';
import {
  createPerson,
  PASSWORD,
  signIn,
  visitorAt,
  type TestPerson,
} from '../support/people/people.ts';
import { arriving, photo } from '../support/people/pictures.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';

describe('The address of a shared picture', function () {
  this.timeout(20_000);
  let clock: SettableClock;
  let server: TestServer;
  let other: TestServer;
  let ana: TestPerson;
  let red: string;
  let blue: string;
  let app: ThirdPartyApp;
  let visitor: Visitor;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    other = await startTestServer({ clock, databaseUrl: server.databaseUrl });
  });
  after(async () => {
    await other.stop();
    await server.stop();
  });
  beforeEach(async () => {
    clock.set(new Date());
    ana = await createPerson(server.connected, { values: { name: ['Ana'] } });
    const add = async (colour: string) => {
      const content = arriving(await photo(colour));
      const { accountId } = ana;
      return (await server.connected.vault.avatars.add({ accountId, content })).id;
    };
    red = await add('red');
    blue = await add('blue');
    app = await register();
    visitor = visitorAt(server.url);
  });

  const register = () => registerThirdPartyApp(server, ana.accountId);
  const connect = (choices: Record<string, string>, to = app): Promise<Tokens> =>
    connectApp({ visitor, app: to, person: ana, choices, parameters: { prompt: 'consent' } });
  const claimsOf = (tokens: Tokens, of = app) =>
    oauth.fetchUserInfo(of.config, tokens.access_token, ana.accountId);
  const addressFor = async (choices: Record<string, string>, to = app): Promise<string> =>
    String((await claimsOf(await connect(choices, to), to)).picture);
  const channels = async () =>
    (await server.connected.ledger.list({ accountId: ana.accountId, limit: 100 }))
      .filter(({ channel }) => channel === 'picture')
      .map(({ clientId, claims }) => [clientId, ...claims]);

  /** The answer to a server or a browser without cookies, at both nodes. */
  async function isDead(address: string): Promise<boolean> {
    const atBoth = [address, address.replace(server.url, other.url)];
    const answers = await Promise.all(atBoth.map((each) => fetch(each)));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    // One answer for every reason; a picture is no JSON.
    return answers.every(
      ({ status }, index) => status === 404 && bodies[index]?.includes('"code":"not_found"'),
    );
  }
  /** Both nodes are notified within the bound. */
  async function diesWithinASecond(address: string): Promise<void> {
    const begun = performance.now();
    while (!(await isDead(address))) {
      expect(performance.now() - begun, 'still alive').to.be.lessThan(1_000);
    }
  }

  it('returns the picture without cookies, after the read was recorded', async () => {
    const address = await addressFor({ 'claim.picture': blue });
    expect(address.startsWith(`${server.url}/pictures/`)).to.equal(true);
    const answer = await fetch(address);
    expect(answer.status).to.equal(200);
    expect(Object.fromEntries(answer.headers)).to.include({
      'content-type': 'image/webp',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    });
    expect(answer.headers.get('set-cookie')).to.equal(null);
    const picture = Buffer.from(await answer.arrayBuffer());
    const { accountId } = ana;
    const { avatars } = server.connected.vault;
    expect(picture).to.deep.equal(await avatars.read({ accountId, avatarId: blue, size: 512 }));
    const small = Buffer.from(await (await fetch(`${address}?size=64`)).arrayBuffer());
    expect(small).to.deep.equal(await avatars.read({ accountId, avatarId: blue, size: 64 }));
    expect((await fetch(`${address}?size=4096`)).status).to.equal(400);
    expect(await channels()).to.deep.equal([
      [app.clientId, 'picture'],
      [app.clientId, 'picture'],
    ]);
  });

  it('is stable for one app, different for every other app, and reveals nothing', async () => {
    const tokens = await connect({ 'claim.picture': red });
    const address = String((await claimsOf(tokens)).picture);
    expect(String((await claimsOf(tokens)).picture)).to.equal(address);
    const second = await register();
    const foreign = await addressFor({ 'claim.picture': red }, second);
    expect(foreign).not.to.equal(address);
    const [one = '', two = ''] = [address, foreign].map((each) => each.split('/').at(-1));
    const bytes = Buffer.from(one, 'base64url');
    for (const id of [ana.accountId, red]) {
      expect(one.includes(id)).to.equal(false);
      expect(bytes.includes(Buffer.from(id.replaceAll('-', ''), 'hex'))).to.equal(false);
    }
    expect(bytes.includes(app.clientId)).to.equal(false);
    const same = [...bytes].filter((byte, at) => byte === Buffer.from(two, 'base64url')[at]);
    expect(same.length).to.be.lessThan(8);
  });

  it('is the address in the preview', async () => {
    const scopes = ['openid', 'profile'];
    const address = await addressFor({ 'claim.picture': red });
    const input = { accountId: ana.accountId, clientId: app.clientId, scopes, requestedClaims: [] };
    const preview = await server.connected.claims.previewRelease(input);
    expect(preview['picture']).to.equal(address);
  });

  it('is not released while the person refuses the picture', async () => {
    const claims = await claimsOf(await connect({ 'claim.picture': 'refuse' }));
    expect(claims).not.to.have.property('picture');
  });

  it('cannot be guessed, and does not work after any change', async () => {
    const address = await addressFor({ 'claim.picture': red });
    const token = address.split('/').at(-1) ?? '';
    const flipped = (token.startsWith('A') ? 'B' : 'A') + token.slice(1);
    for (const forged of [flipped, token.slice(0, -2), `${token}AA`, 'x', red, ana.accountId]) {
      expect(await isDead(`${server.url}/pictures/${forged}`), forged).to.equal(true);
    }
    expect(await channels()).to.deep.equal([]);
  });

  describe('is refused on every node within a second', () => {
    let address: string;
    beforeEach(async () => {
      address = await addressFor({ 'claim.picture': red, 'duration.picture': '30_days' });
      expect(await isDead(address)).to.equal(false);
    });
    const key = () => ({ accountId: ana.accountId, clientId: app.clientId });
    const manager = () => ({ accountId: ana.accountId, isAdministrator: true });

    it('when the consent ends, also after the person connects the app again', async () => {
      await server.connected.consents.withdraw(key());
      await diesWithinASecond(address);
      const again = await addressFor({ 'claim.picture': red });
      expect(again).not.to.equal(address);
      expect(await isDead(again)).to.equal(false);
      expect(await isDead(address)).to.equal(true);
    });

    it('when another picture, or none, is shared', async () => {
      const change = { ...key(), claim: 'picture', locale: 'en' };
      await server.connected.consents.changeItem({ ...change, choice: blue });
      await diesWithinASecond(address);
      await server.connected.consents.changeItem({ ...change, choice: 'refuse' });
      expect(await isDead(address)).to.equal(true);
    });

    it('when the consent expires', async () => {
      clock.advance(31 * 86_400);
      await diesWithinASecond(address);
    });

    it('when the picture is removed', async () => {
      await server.connected.vault.avatars.remove({ accountId: ana.accountId, avatarId: red });
      await diesWithinASecond(address);
    });

    it('when the account is blocked', async () => {
      const { db, accounts } = server.connected;
      const { accountId } = ana;
      await db.transaction((tx) =>
        accounts.setStatus(tx, { accountId, status: 'blocked', reason: 'test' }),
      );
      await diesWithinASecond(address);
    });

    it('when the person signs out everywhere, also after the next sign-in', async () => {
      // After the consent, and in the past of the machine's clock, by which the library dates the next sign-in.
      clock.advance(0.001);
      await server.connected.accounts.signOutEverywhere({ accountId: ana.accountId });
      await diesWithinASecond(address);
      clock.set(new Date());
      const again = await addressFor({ 'claim.picture': red });
      expect(await isDead(again)).to.equal(false);
      expect(await isDead(address)).to.equal(true);
    });

    it('when the password changes, although that browser stays signed in', async () => {
      clock.advance(1);
      await server.connected.authentication.changePassword({
        accountId: ana.accountId,
        currentPassword: PASSWORD,
        newPassword: 'seven herons count the evening trains',
        keepSessionUid: 'this-one',
        locale: 'en',
      });
      await diesWithinASecond(address);
    });

    it('when the app is suspended, also after the app is resumed', async () => {
      const { clients } = server.connected;
      const { clientId } = app;
      clock.advance(1);
      await clients.setStatus({ clientId, manager: manager(), status: 'suspended' });
      await diesWithinASecond(address);
      await clients.setStatus({ clientId, manager: manager(), status: 'active' });
      await diesWithinASecond(address);
    });
  });

  it('of a picture that is shared once works for ten minutes after its release, and is released once', async () => {
    const tokens = await connect({ 'claim.picture': red, 'duration.picture': 'once' });
    const scopes = ['openid', 'profile'];
    const input = { accountId: ana.accountId, clientId: app.clientId, scopes, requestedClaims: [] };
    const previewed = String((await server.connected.claims.previewRelease(input))['picture']);
    expect(await isDead(previewed), 'before it was handed out').to.equal(true);
    const address = String((await claimsOf(tokens)).picture);
    expect(address).to.equal(previewed);
    expect(await claimsOf(tokens)).not.to.have.property('picture');
    expect((await fetch(address)).status).to.equal(200);
    clock.advance(590);
    expect((await fetch(address)).status).to.equal(200);
    clock.advance(11);
    expect(await isDead(address)).to.equal(true);
  });

  it('of a picture that is shared once is refused at once when the consent ends', async () => {
    const tokens = await connect({ 'claim.picture': red, 'duration.picture': 'once' });
    const address = String((await claimsOf(tokens)).picture);
    expect((await fetch(address)).status).to.equal(200);
    const { accountId } = ana;
    await server.connected.consents.withdraw({ accountId, clientId: app.clientId });
    await diesWithinASecond(address);
  });

  it('returns no picture while the ledger cannot be written', async () => {
    const address = await addressFor({ 'claim.picture': red });
    const { db } = server.connected;
    const rename = (from: string, to: string) =>
      db.query({ name: `test-${from}`, text: `alter table ${from} rename to ${to}` });
    await rename('releases', 'releases_away');
    try {
      const answer = await fetch(address);
      expect(answer.status).to.equal(503);
      expect(answer.headers.get('retry-after')).not.to.equal(null);
      expect(((await answer.json()) as { code: string }).code).to.equal('ledger_unavailable');
    } finally {
      await rename('releases_away', 'releases');
    }
    expect((await fetch(address)).status).to.equal(200);
  });

  it('shows the person the pictures to choose from on the consent page', async () => {
    await app.begin(visitor, { prompt: 'consent' });
    await signIn(visitor, ana);
    const shown = visitor.page.document.querySelectorAll('img.picture');
    const hrefs = shown.map((image) => image.getAttribute('src') ?? '');
    expect(hrefs).to.deep.equal([
      `/api/v1/account/avatars/${red}/64`,
      `/api/v1/account/avatars/${blue}/64`,
    ]);
    const image = await visitor.request(new URL(hrefs[0] ?? '', server.url));
    expect(image.headers.get('content-type')).to.equal('image/webp');
    expect(visitor.page.body).not.to.include('sha-256');
  });
});
