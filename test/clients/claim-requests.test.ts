import { expect } from 'chai';

import type { ClaimRequestInput, Client, Manager } from '../../src/clients/index.ts';
import type { AppError } from '../../src/platform/app-error.ts';
import { createPerson } from '../support/people/people.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';

const EMAIL: ClaimRequestInput = {
  claim: 'email',
  necessity: 'voluntary',
  purpose: { en: 'Order confirmations' },
  longestDuration: '1_year',
};
const NAME: ClaimRequestInput = {
  claim: 'name',
  necessity: 'essential',
  purpose: { en: 'To greet you', ru: 'Чтобы обращаться к вам' },
  longestDuration: 'until_withdrawn',
};

describe('the claims that an app requests', () => {
  let nodes: TwoNodes;
  let owner: Manager;
  let client: Client;

  const set = (...requests: readonly ClaimRequestInput[]): Promise<Client> =>
    nodes.here.clients.setRequests({ clientId: client.id, manager: owner, requests });
  const versionOf = (changed: Client, claim: string): number | undefined =>
    changed.requests.find((request) => request.claim === claim)?.purposeVersion;

  before(async () => {
    nodes = await openTwoNodes();
    const person = await createPerson(nodes.here);
    owner = { accountId: person.accountId, isAdministrator: false };
  });
  after(() => nodes.close());

  beforeEach(async () => {
    const created = await nodes.here.clients.create({
      ownerAccountId: owner.accountId,
      applicationType: 'web',
      name: 'Bookshop',
      redirectUris: ['https://bookshop.example/callback'],
      scopes: ['openid', 'profile', 'email'],
      requests: [NAME, EMAIL],
    });
    client = created.client;
  });

  it('keeps the order of the consent page', async () => {
    const changed = await set(EMAIL, NAME);
    expect(changed.requests.map(({ claim }) => claim)).to.deep.equal(['email', 'name']);
    const reread = await nodes.there.clients.findManaged({ clientId: client.id, manager: owner });
    expect(reread.requests).to.deep.equal(changed.requests);
  });

  it('starts at version 1 and stays there while nothing changes', async () => {
    expect(versionOf(client, 'email')).to.equal(1);
    expect(versionOf(await set(NAME, EMAIL), 'email')).to.equal(1);
    expect(versionOf(await set(NAME, { ...EMAIL, longestDuration: 'once' }), 'email')).to.equal(1);
  });

  it('raises the version of a claim when its wording changes, in either language, and of no other', async () => {
    const first = await set(NAME, { ...EMAIL, purpose: { en: 'Advertising' } });
    expect(versionOf(first, 'email')).to.equal(2);
    expect(versionOf(first, 'name')).to.equal(1);
    const second = await set(NAME, { ...EMAIL, purpose: { en: 'Advertising', ru: 'Реклама' } });
    expect(versionOf(second, 'email')).to.equal(3);
  });

  it('raises the version when the necessity changes', async () => {
    expect(versionOf(await set(NAME, { ...EMAIL, necessity: 'essential' }), 'email')).to.equal(2);
  });

  it('cannot restore an old version by dropping a claim and requesting it again', async () => {
    await set(NAME, { ...EMAIL, purpose: { en: 'Advertising' } });
    await set(NAME);
    expect(versionOf(await set(NAME, EMAIL), 'email')).to.equal(3);
  });

  it('cannot restore it by dropping the scope either', async () => {
    const change = (scopes: readonly string[]): Promise<Client> =>
      nodes.here.clients.change({ clientId: client.id, manager: owner, changes: { scopes } });
    const narrowed = await change(['openid', 'profile']);
    expect(narrowed.requests.map(({ claim }) => claim)).to.deep.equal(['name']);
    await change(['openid', 'profile', 'email']);
    expect(versionOf(await set(NAME, EMAIL), 'email')).to.equal(2);
  });

  it('does not treat white space as a new wording', async () => {
    const purpose = { en: '  Order confirmations ', ru: '  ' };
    const changed = await set(NAME, { ...EMAIL, purpose });
    expect(versionOf(changed, 'email')).to.equal(1);
    expect(changed.requests[1]?.purpose).to.deep.equal({ en: 'Order confirmations' });
  });

  const refusals: readonly (readonly [string, ClaimRequestInput, Record<string, string>])[] = [
    [
      'an essential claim without a reason',
      { ...EMAIL, necessity: 'essential', purpose: { en: ' ' } },
      { 'requests.0.purpose.en': 'purpose_missing' },
    ],
    [
      'a reason in Russian only',
      { ...EMAIL, purpose: { en: '', ru: 'Реклама' } },
      { 'requests.0.purpose.en': 'purpose_missing' },
    ],
    [
      'a reason of more than 200 characters',
      { ...EMAIL, purpose: { en: 'x'.repeat(201) } },
      { 'requests.0.purpose.en': 'purpose_too_long' },
    ],
    [
      'a reason that turns the direction of text around',
      { ...EMAIL, purpose: { en: 'fine \u202e enif' } },
      { 'requests.0.purpose.en': 'text_unprintable' },
    ],
    [
      'a claim outside its scopes',
      { ...EMAIL, claim: 'phone_number' },
      { 'requests.0.claim': 'claim_not_reachable' },
    ],
    [
      'an unknown claim',
      { ...EMAIL, claim: 'shoe_size' },
      { 'requests.0.claim': 'claim_not_reachable' },
    ],
    [
      'a claim nobody decides about',
      { ...EMAIL, claim: 'email_verified' },
      { 'requests.0.claim': 'claim_not_reachable' },
    ],
  ];
  for (const [what, request, fields] of refusals) {
    it(`refuses ${what}`, async () => {
      const error = await set(request).then(
        () => null,
        (failure: unknown) => failure as AppError,
      );
      expect(error?.code).to.equal('requests_invalid');
      expect(error?.fields).to.deep.equal(fields);
    });
  }

  it('refuses a repeated claim', async () => {
    const error = await set(EMAIL, EMAIL).catch((failure: unknown) => failure as AppError);
    expect((error as AppError).fields).to.deep.equal({ 'requests.1.claim': 'claim_repeated' });
  });
});
