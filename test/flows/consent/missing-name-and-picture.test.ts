import { expect } from 'chai';
import * as oauth from 'openid-client';

import type { ClaimRequestInput } from '../../../src/clients/index.ts';
import { settableClock, type SettableClock } from '../../support/clock.ts';
import { beginAt } from '../../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { photo, sendPicture } from '../../support/people/pictures.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email';
const CONSENT = 'button[value=allow]';
const ADD_NAME = 'form[action$="/add/preferred_username"]';

describe('A username or a picture that an app requests and the person does not have', () => {
  let server: TestServer;
  let clock: SettableClock;
  let app: ThirdPartyApp;
  let person: TestPerson;
  let visitor: Visitor;
  let attempt: SignInAttempt;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    const owner = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, owner.accountId, {
      requests: [
        request('preferred_username', 'essential'),
        request('picture', 'essential'),
        request('email', 'voluntary'),
      ],
    });
    await server.connected.vault.addAttribute({
      accountId: owner.accountId,
      claim: 'preferred_username',
      value: 'grey.heron',
    });
  });
  after(() => server?.stop());

  beforeEach(async () => {
    clock.set(new Date());
    person = await createPerson(server.connected);
    visitor = visitorAt(server.url);
    attempt = await beginAt({ visitor, app, person, parameters: { scope: SCOPE } });
  });

  const place = (): string => visitor.page.url.pathname.replace(/^\/interaction\/[^/]+/, '');
  const choices = () => ({ 'claim.email': person.attributeIds['email']?.[0] ?? '' });
  const addPicture = async (file: Blob | null): Promise<Response> =>
    sendPicture(visitor, { page: visitor.page.url.href, field: 'picture', file });
  const picture = async () => new Blob([await photo('red')]);

  it('is added on a page of the sign-in, which returns to the decision with all choices', async () => {
    await visitor.submitForm('button[value="add.preferred_username"]', choices());
    expect(place()).to.equal('/add/preferred_username');
    await visitor.get(visitor.page.url);
    await visitor.submitForm(ADD_NAME, { value: `heron.${person.accountId.slice(-8)}` });
    expect(place()).to.equal('/consent');
    expect(visitor.page.text).to.include('saved in your profile');
    await visitor.submitForm('button[value="add.picture"]');
    expect(place()).to.equal('/add/picture');
    const sent = await addPicture(await picture());
    expect(sent.status).to.equal(303);
    await visitor.get(sent.headers.get('location') ?? '');
    expect(place()).to.equal('/consent');
    await visitor.submitForm(CONSENT);
    const { access_token: token } = await attempt.finish();
    const seen = await oauth.fetchUserInfo(app.config, token, oauth.skipSubjectCheck);
    expect(seen).to.include({
      preferred_username: `heron.${person.accountId.slice(-8)}`,
      email: person.email,
    });
    expect(seen.picture).to.be.a('string');
  });

  it('is requested next when the person shares everything else', async () => {
    await visitor.submitForm(CONSENT, choices());
    expect(place()).to.equal('/add/preferred_username');
  });

  it('is shown again with its error and the typed name, which another account may have', async () => {
    await visitor.submitForm('button[value="add.preferred_username"]');
    for (const value of ['ab', 'admin', 'GREY.HERON']) {
      const page = await visitor.submitForm(ADD_NAME, { value });
      expect([page.status, place()], value).to.deep.equal([422, '/add/preferred_username']);
      const field = page.document.querySelector('input[name=value]');
      expect(field?.getAttribute('value')).to.equal(value);
      expect(field?.getAttribute('aria-invalid')).to.equal('true');
    }
  });

  it('is not an image: the page states it at the field', async () => {
    await visitor.submitForm('button[value="add.picture"]');
    const cases = [
      [null, 'Choose a file'],
      [new Blob(['<svg/>']), 'not a PNG, JPEG, WebP or AVIF'],
      [new Blob([await photo('red'), Buffer.alloc(5_250_000)]), 'larger than 5 MB'],
    ] as const;
    for (const [file, error] of cases) {
      const answer = await addPicture(file);
      expect(answer.status, error).to.equal(422);
      expect(await answer.text()).to.include(error);
    }
    const all = await server.connected.vault.listAttributes(person.accountId);
    expect(all.map(({ claim }) => claim)).to.deep.equal(['email']);
  });

  it('leads on when the same form is sent twice', async () => {
    await visitor.submitForm('button[value="add.picture"]');
    const [first, second] = [await addPicture(await picture()), await addPicture(await picture())];
    expect([first.status, second.status]).to.deep.equal([303, 303]);
    const all = await server.connected.vault.listAttributes(person.accountId);
    expect(all.filter(({ claim }) => claim === 'picture')).to.have.length(1);
  });

  it('needs a fresh proof of identity for a username, because it is a name to sign in with', async () => {
    clock.advance(900);
    await visitor.submitForm('button[value="add.preferred_username"]', choices());
    expect(visitor.page.text).to.include('we ask for your password once more');
    clock.set(new Date());
    await signIn(visitor, person);
    expect(place()).to.equal('/add/preferred_username');
    await visitor.submitForm(ADD_NAME, { value: `fresh.${person.accountId.slice(-8)}` });
    expect(place()).to.equal('/consent');
    const email = visitor.page.document.querySelector('[name="claim.email"]');
    expect(email?.hasAttribute('checked')).to.equal(true);
  });

  it('cannot be added by another browser', async () => {
    const stranger = visitorAt(server.url);
    for (const claim of ['preferred_username', 'picture']) {
      const answer = await stranger.request(`${visitor.page.url.pathname}/add/${claim}`);
      expect(answer.status, claim).to.equal(410);
    }
  });
});

function request(claim: string, necessity: 'essential' | 'voluntary'): ClaimRequestInput {
  return { claim, necessity, purpose: { en: `Why ${claim}` }, longestDuration: '1_year' };
}
