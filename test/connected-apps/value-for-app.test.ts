import { expect } from 'chai';

import { createPerson, type TestPerson } from '../support/people/people.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { photo, sendPicture } from '../support/people/pictures.ts';
import { readSms } from '../support/people/sent-messages.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { codeFor } from '../vault/mailed-code.ts';

const CLAIMS = ['email', 'phone_number', 'preferred_username', 'picture'] as const;
const PHONE = '+442079460555';

describe('A value that is added for a connected app', () => {
  let server: TestServer;
  let shop: ThirdPartyApp;
  let ana: TestPerson;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
    const owner = await createPerson(server.connected);
    shop = await registerThirdPartyApp(server, owner.accountId, {
      requests: CLAIMS.map((claim) => ({
        claim,
        necessity: 'voluntary',
        purpose: { en: 'To try' },
        longestDuration: 'until_withdrawn',
      })),
    });
  });
  after(() => server?.stop());
  beforeEach(async () => {
    ana = await createPerson(server.connected);
    visitor = await signedInVisitor(server.url, ana);
    const parameters = { scope: 'openid profile email phone' };
    await connectApp({ visitor, app: shop, person: ana, parameters });
    await visitor.get(`${server.url}/account/apps/${shop.clientId}`);
  });

  /** Follows the link of a claim that has no value, from the page of the app. */
  const addTo = (path: string) => visitor.follow(`a[href^="${path}"]`);
  const codeSentTo = async (number: string): Promise<string> => {
    const all = await readSms(server.connected);
    return String(all.findLast((message) => message?.to === number)?.values['code']);
  };
  /** The page of the app, with the form of the claim open and the value selected; nothing is shared before it is sent. */
  const expectOffer = async (claim: string): Promise<void> => {
    const { url, document, text } = visitor.page;
    expect([url.pathname, url.searchParams.get('offer')]).to.deep.equal([
      `/account/apps/${shop.clientId}`,
      claim,
    ]);
    expect(text).to.include('In your profile now, not shared yet');
    const form = document.querySelector(`form[action$="/items/${claim}"]`);
    expect(form?.closest('details')?.hasAttribute('open')).to.equal(true);
    const selected = form?.querySelector('input[name=choice][checked]')?.getAttribute('value');
    const all = await server.connected.vault.listAttributes(ana.accountId);
    expect(selected).to.equal(all.find((one) => one.claim === claim)?.id);
    expect((await sharedWith()).includes(claim)).to.equal(false);
    await visitor.submitForm(`form[action$="/items/${claim}"]`);
    expect((await sharedWith()).includes(claim)).to.equal(true);
  };
  const sharedWith = async (): Promise<readonly string[]> => {
    const { accountId } = ana;
    const app = { accountId, clientId: shop.clientId, locale: 'en' };
    return (await server.connected.connectedApps.read(app)).claims;
  };

  it('leads back after a phone was confirmed, also after a wrong code and a new one', async () => {
    await addTo('/account/phones/add');
    await visitor.submitForm('form.form', { value: PHONE });
    await visitor.get(visitor.page.url);
    const wrong = await visitor.submitForm('form[action*="/confirm"]', { code: '000' });
    expect(wrong.status).to.equal(422);
    const code = await codeSentTo(PHONE);
    await visitor.submitForm('form[action*="/confirm"]', { code });
    await expectOffer('phone_number');
  });

  it('leads back when the address was confirmed in another tab', async () => {
    const { authentication } = server.connected;
    await addTo('/account/phones/add');
    const number = `${PHONE.slice(0, -1)}6`;
    await visitor.submitForm('form.form', { value: number });
    const page = visitor.page.url;
    const attributeId = page.pathname.split('/')[3] ?? '';
    const ref = { accountId: ana.accountId, attributeId };
    const code = await codeSentTo(number);
    await authentication.confirmAttribute({ ...ref, code, locale: 'en', ip: '192.0.2.1' });
    await visitor.get(page);
    await expectOffer('phone_number');
  });

  it('leads back after an e-mail was confirmed', async () => {
    const email = `for-app-${ana.email}`;
    await visitor.get(`${server.url}/account/emails/add?app=${shop.clientId}`);
    await visitor.submitForm('form.form', { value: email });
    const code = await codeFor(server.connected, email);
    await visitor.submitForm('form[action*="/confirm"]', { code });
    const { url } = visitor.page;
    expect(`${url.pathname}${url.search}`).to.equal(`/account/apps/${shop.clientId}?offer=email`);
  });

  it('leads back after a username was added, also after checking whether it is free', async () => {
    await addTo('/account/usernames/add');
    const value = `heron.${ana.accountId.slice(-8)}`;
    await visitor.submitForm('button[value=check]', { value });
    await visitor.submitForm('button[value=add]', { value });
    await expectOffer('preferred_username');
  });

  it('leads back after a picture was added', async () => {
    await addTo('/account/pictures/add');
    const page = visitor.page.url.href;
    const file = new Blob([await photo('red')]);
    const answer = await sendPicture(visitor, { page, field: 'picture', file });
    await visitor.get(answer.headers.get('location') ?? '');
    await expectOffer('picture');
  });

  it('leads back to the app by "Cancel"', async () => {
    const back = `/account/apps/${shop.clientId}`;
    for (const page of ['phones', 'emails', 'usernames', 'pictures']) {
      await visitor.get(`${server.url}/account/${page}/add?app=${shop.clientId}`);
      expect(visitor.page.document.querySelector(`.actions a[href="${back}"]`), page).not.to.equal(
        null,
      );
    }
  });
});
