import { expect } from 'chai';
import { parse, type HTMLElement } from 'node-html-parser';

import type { Client, ClaimRequest } from '../../src/clients/index.ts';
import {
  consentPage,
  parseConsentForm,
  presentConsent,
  type ConsentPlace,
} from '../../src/consents/http.ts';
import { type ConsentRequest, type ConsentPrompt } from '../../src/consents/index.ts';
import { englishReader } from '../support/browser/english-reader.ts';
import { openApp, type OpenApp } from '../http/open-app.ts';
import { seenText } from '../support/http/html-form.ts';
import { pageRoute, render } from '../../src/http/routing/page-route.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import {
  addUnverified,
  requestOf,
  decide,
  openWorld,
  type TestAccount,
  type World,
} from './world.ts';

const PLACE: ConsentPlace = {
  action: '/interaction/u1/consent',
  switchHref: '/interaction/u1/sign-in',
  redirectHost: 'bookshop.example',
  hasSms: true,
};

describe('The consent page', () => {
  let world: World;
  let app: OpenApp;
  let ana: TestAccount;
  let client: Client;
  let shown: ConsentPrompt;
  let place: ConsentPlace = PLACE;
  const id = (claim: string, index = 0): string => ana.ids[claim]?.[index] ?? '';

  const request = (claim: string, changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
    claim,
    necessity: 'voluntary',
    purpose: { en: `Why ${claim}` },
    purposeVersion: 1,
    longestDuration: '1_year',
    ...changes,
  });

  before(async () => {
    world = await openWorld();
    ana = await world.createAccount({
      name: ['Ana <b>Petrova</b>'],
      email: ['ana@work.example', 'ana@home.example'],
      nickname: ['petrushka'],
    });
    client = await world.setClient({
      id: 'bookshop',
      scopes: ['openid', 'profile', 'email', 'phone', 'offline_access', 'account:read'],
      requests: [
        request('name', { necessity: 'essential' }),
        request('email'),
        request('birthdate'),
      ],
    });
    app = await openApp({
      routes: [
        pageRoute({
          method: 'get',
          path: '/consent',
          access: 'public',
          handle: async () =>
            render(consentPage, presentConsent(shown, place, englishReader).model),
        }),
      ],
    });
  });
  afterEach(() => {
    place = PLACE;
  });
  after(async () => {
    await app.close();
    await world.close();
  });

  const describeFor = (request: ConsentRequest) =>
    world.consents.describe({ accountId: ana.id, request, locale: 'en' });
  const show = async (request: ConsentRequest): Promise<HTMLElement> => {
    shown = await describeFor(request);
    return parse(await (await app.fetch('/consent')).text());
  };
  /** The values that the form of the page would send. */
  const chosen = (page: HTMLElement, name: string): string[] =>
    page
      .querySelectorAll(`input[name="${name}"], select[name="${name}"] option`)
      .filter(
        (field) =>
          field.getAttribute('type') === 'hidden' ||
          field.hasAttribute('checked') ||
          field.hasAttribute('selected'),
      )
      .map((field) => field.getAttribute('value') ?? '');
  const lineOf = (page: HTMLElement): string => seenText(page.text);
  const answersOf = (page: HTMLElement) =>
    page.querySelectorAll('.consent-answers button').map((button) => button.getAttribute('value'));

  it('locks required claims, preselects no other claim, and offers each verified value', async () => {
    const page = await show(requestOf(client));
    expect(chosen(page, 'claim.name')).to.deep.equal([id('name')]);
    expect(chosen(page, 'claim.email')).to.deep.equal(['refuse']);
    const values = page.querySelectorAll('select[name="claim.email"] option');
    expect(values.map((option) => option.getAttribute('value'))).to.deep.equal([
      'refuse',
      id('email', 0),
      id('email', 1),
    ]);
    expect(page.text).to.include('Ana <b>Petrova</b>').and.include('ana@home.example');
    expect(page.text).to.include('Why email').and.include('Required');
  });

  it('offers one duration for all, a year at first, and each claim only as long as the app may have it', async () => {
    const brief = await world.setClient({
      ...client,
      id: 'brief',
      requests: [
        request('name', { longestDuration: 'once' }),
        request('email', { longestDuration: 'until_withdrawn' }),
      ],
    });
    const page = await show(requestOf(brief));
    expect(chosen(page, 'duration')).to.deep.equal(['1_year']);
    const options = (name: string) =>
      page
        .querySelectorAll(`select[name="${name}"] option`)
        .map((option) => option.getAttribute('value'));
    expect(options('duration')).to.have.length(4);
    expect(options('duration.name')).to.deep.equal(['', 'once']);
    const form = { decision: 'allow', seen: shown.version, 'claim.name': id('name') };
    const read = (fields: object) => parseConsentForm({ ...form, ...fields }, shown);
    const durations = (fields: object) => {
      const result = read(fields);
      return result.kind === 'allow' ? result.decision.durations : null;
    };
    expect(durations({ duration: 'until_withdrawn' })).to.deep.equal({
      name: 'once',
      email: 'until_withdrawn',
    });
    expect(durations({ duration: '30_days', 'duration.email': '1_year' })).to.deep.equal({
      name: 'once',
      email: '1_year',
    });
    shown = { ...shown, items: shown.items.filter(({ claim }) => claim === 'name') };
    expect(() => read({ duration: '1_year' }))
      .to.throw()
      .that.satisfies((error: unknown) => isAppError(error, 'duration_too_long'));
  });

  it('marks an unverified app, and shows the target host and the claims that are not requested', async () => {
    const page = await show(requestOf(client, { scopes: ['openid', 'profile', 'offline_access'] }));
    const text = lineOf(page);
    expect(text).to.include('We have not checked who runs').and.not.to.include('Continue only if');
    expect(text).to.include('Bookshop stays connected until you end it');
    expect(text).to.include('Next: back to bookshop.example');
    expect(text).to.match(/will not see your password, e-mail( address)?, phone number/);
    // Without a stored value: a field that is folded away.
    const field = page.querySelector('input[name="add.birthdate"]');
    expect(field?.closest('details')?.hasAttribute('open')).to.equal(false);
  });

  it('states the effect of the initial choices', async () => {
    const page = await show(requestOf(client));
    expect(page.querySelector('.sentence-live')?.text.trim()).to.equal(
      'Bookshop will see Ana <b>Petrova</b>, for a year.',
    );
  });

  it('states at the top that a choice must be made again, with a link to it', async () => {
    expect((await show(requestOf(client))).text).not.to.include('Nothing has been shared yet');
    place = { ...PLACE, formErrors: { email: 'attribute_not_found' } };
    const page = await show(requestOf(client));
    const link = page.querySelector('.banner-bad a')?.getAttribute('href');
    expect(link).to.equal('#claim.email-error');
    expect(page.getElementById('claim.email-error')?.text).to.include('no longer there');
  });

  it('states it when the app receives nothing of the profile', async () => {
    const page = await show(requestOf(client, { scopes: ['openid'] }));
    expect(page.text).to.include('Nothing from your profile');
    expect(page.querySelector('h1')?.text).to.equal('Sign in to Bookshop');
  });

  it('shows permissions unticked, with two equal buttons', async () => {
    const page = await show(requestOf(client, { scopes: ['openid', 'account:read'] }));
    const box = page.querySelector('input[name="scope.account:read"]');
    expect(box?.hasAttribute('checked')).to.equal(false);
    expect(answersOf(page)).to.deep.equal(['allow', 'deny']);
    const answers = page.querySelectorAll('.consent-answers button');
    expect(new Set(answers.map((button) => button.getAttribute('class'))).size).to.equal(1);
  });

  it('leads to the confirmation of a required value, and cannot be allowed before', async () => {
    const needy = await world.setClient({
      ...client,
      id: 'needy',
      requests: [request('phone_number', { necessity: 'essential' })],
    });
    await addUnverified(world, ana.id, { claim: 'phone_number', value: '+15417543010' });
    const page = await show(requestOf(needy, { scopes: ['openid', 'phone'] }));
    expect(page.text).to.include('+1 541 754 3010').and.include('Confirm this number');
    expect(page.querySelectorAll('[name="claim.phone_number"]')).to.have.length(0);
    expect(() => parseConsentForm({ decision: 'allow', seen: shown.version }, shown))
      .to.throw()
      .that.satisfies((error: unknown) => isAppError(error, 'value_required'));
    place = { ...PLACE, hasSms: false };
    const without = await show(requestOf(needy, { scopes: ['openid', 'phone'] }));
    expect(answersOf(without)).to.deep.equal(['deny']);
    expect(without.text).to.include('cannot be added here');
  });

  it('separates new claims, shows earlier decisions, and lets the person keep them', async () => {
    const both = requestOf(client);
    const question = await describeFor(both);
    const form = { decision: 'allow', seen: question.version, 'claim.email': id('email', 1) };
    const result = parseConsentForm({ ...form, 'claim.name': id('name') }, question);
    if (result.kind !== 'allow') throw new Error('denied');
    await decide(world, ana.id, { request: both, decision: result.decision });
    const grown = await world.setClient({
      id: client.id,
      requests: [...client.requests, request('nickname')],
    });
    const page = await show(requestOf(grown));
    expect(page.querySelector('h1')?.text).to.include('something new');
    expect(chosen(page, 'claim.nickname')).to.deep.equal([]);
    // Earlier decisions are shown, but not sent with the form.
    expect(page.querySelectorAll('[name="claim.email"], [name="duration.email"]')).to.have.length(
      0,
    );
    expect(page.text).to.include('Stays as you decided').and.include('ana@home.example');
    expect(page.text).to.include('Connected since');
    expect(answersOf(page)).to.deep.equal(['allow', 'keep', 'stop']);
    const offered = page.querySelectorAll('.consent-answers button');
    expect(new Set(offered.map((button) => button.getAttribute('class'))).size).to.equal(1);
    const keep = parseConsentForm({ decision: 'keep', seen: shown.version }, shown);
    if (keep.kind !== 'allow') throw new Error('denied');
    const kept = await decide(world, ana.id, {
      request: requestOf(grown),
      decision: keep.decision,
    });
    const answers = new Map(kept.items.map((item) => [item.claim, item]));
    expect(answers.get('email')).to.include({ decision: 'share', attributeId: id('email', 1) });
    expect(answers.get('nickname')?.decision).to.equal('refuse');
    expect(await world.consents.coversRequest(kept, requestOf(grown))).to.equal(true);
    await world.setClient(client);
  });

  it('shows the text and sensitivity of the requesting permission of this installation', async () => {
    await world.scopes.defineScope({
      actorId: ana.id,
      name: 'pen-name',
      claims: ['nickname'],
      title: { en: 'Your pen name', ru: 'Псевдоним' },
      description: { en: 'To sign your reviews.', ru: 'Подписывать отзывы.' },
      sensitivity: 'high',
    });
    const reader = await world.setClient({
      ...client,
      id: 'reader',
      scopes: ['openid', 'pen-name'],
      requests: [],
    });
    const page = await show(requestOf(reader, { scopes: ['openid', 'pen-name'] }));
    const row = page.querySelector('.ask')?.text ?? '';
    expect(row).to.include('Your pen name: To sign your reviews.').and.include('Sensitive');
    expect(chosen(page, 'claim.nickname')).to.deep.equal([]);
  });

  it('refuses a form that was rendered for another prompt', async () => {
    const before = await describeFor(requestOf(client));
    const changed = await world.setClient({
      id: client.id,
      requests: [
        request('name', { necessity: 'essential', purposeVersion: 2, purpose: { en: 'Ads' } }),
      ],
    });
    const after = await describeFor(requestOf(changed));
    const read = () =>
      parseConsentForm(
        { decision: 'allow', seen: before.version, 'claim.name': id('name') },
        after,
      );
    expect(read)
      .to.throw()
      .that.satisfies((error: unknown) => isAppError(error, 'page_changed'));
    expect(parseConsentForm({ decision: 'deny', seen: before.version }, after)).to.deep.equal({
      kind: 'deny',
    });
    await world.setClient(client);
  });
});
