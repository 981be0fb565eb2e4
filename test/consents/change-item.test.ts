import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import {
  addUnverified,
  requestOf,
  codeOf,
  decide,
  openWorld,
  type TestAccount,
  type World,
} from './world.ts';

describe('A change of one decision about a connected app', () => {
  let world: World;
  let ana: TestAccount;
  let client: Client;
  const id = (claim: string, index = 0): string => ana.ids[claim]?.[index] ?? '';

  before(async () => {
    world = await openWorld();
    ana = await world.createAccount({
      name: ['Ana'],
      email: ['ana@work.example', 'ana@home.example'],
    });
    const common = { purpose: { en: 'x' }, purposeVersion: 1, longestDuration: '1_year' } as const;
    client = await world.setClient({
      id: 'bookshop',
      requests: [
        { claim: 'name', necessity: 'essential', ...common },
        { claim: 'email', necessity: 'voluntary', ...common },
      ],
    });
    await decide(world, ana.id, {
      request: requestOf(client),
      decision: { claims: { name: id('name'), email: id('email') } },
    });
  });
  after(() => world.close());

  const change = (claim: string, choice: string, duration?: 'once' | 'until_withdrawn') =>
    world.consents.changeItem({
      accountId: ana.id,
      clientId: client.id,
      claim,
      choice,
      locale: 'en',
      ...(duration === undefined ? {} : { duration }),
    });

  it('replaces, refuses and shares a value again', async () => {
    const emailOf = (consent: Awaited<ReturnType<typeof change>>) =>
      consent.items.find(({ claim }) => claim === 'email');
    expect(emailOf(await change('email', id('email', 1)))?.attributeId).to.equal(id('email', 1));
    expect(emailOf(await change('email', 'refuse'))).to.include({
      decision: 'refuse',
      attributeId: null,
    });
    expect(emailOf(await change('email', id('email'), 'once'))).to.include({ duration: 'once' });
  });

  it('is refused for the same reasons as a decision', async () => {
    const eve = await world.createAccount({ email: ['eve@example.org'] });
    expect(await codeOf(change('email', eve.ids['email']?.[0] ?? ''))).to.equal(
      'attribute_not_found',
    );
    expect(await codeOf(change('email', id('name')))).to.equal('attribute_not_found');
    const unverified = await addUnverified(world, ana.id, {
      claim: 'email',
      value: 'n@example.org',
    });
    expect(await codeOf(change('email', unverified))).to.equal('attribute_not_verified');
    expect(await codeOf(change('email', id('email'), 'until_withdrawn'))).to.equal(
      'duration_too_long',
    );
    expect(await codeOf(change('phone_number', id('email')))).to.equal('claim_not_requested');
  });

  it('is refused with essential_needs_end for an essential value', async () => {
    expect(await codeOf(change('name', 'refuse'))).to.equal('essential_needs_end');
  });

  it('cannot share a claim that the app removed and requested again, because the person has not seen that request', async () => {
    const requests = client.requests.map((request) =>
      request.claim === 'email' ? { ...request, purposeVersion: 3, sinceVersion: 3 } : request,
    );
    await world.setClient({ id: client.id, requests });
    expect(await codeOf(change('email', id('email')))).to.equal('claim_not_requested');
    const refused = await change('email', 'refuse');
    expect(refused.items.find(({ claim }) => claim === 'email')?.decision).to.equal('refuse');
    await world.setClient(client);
  });

  it('keeps a claim essential that was decided as essential, also when the app later requests less', async () => {
    const requests = client.requests.map(
      (request) => ({ ...request, necessity: 'voluntary' }) as const,
    );
    await world.setClient({ id: client.id, requests });
    expect(await codeOf(change('name', 'refuse'))).to.equal('essential_needs_end');
    await world.setClient(client);
  });

  it('cannot share a claim that the app has removed since, but can refuse it', async () => {
    await world.setClient({ id: client.id, requests: client.requests.slice(0, 1) });
    expect(await codeOf(change('email', id('email')))).to.equal('claim_not_requested');
    await change('email', 'refuse');
    await world.setClient(client);
  });

  it('does not find the consent of another person', async () => {
    const eve = await world.createAccount({ email: ['eve2@example.org'] });
    const input = {
      accountId: eve.id,
      clientId: client.id,
      claim: 'email',
      choice: 'refuse',
      locale: 'en',
    };
    expect(await codeOf(world.consents.changeItem(input))).to.equal('consent_not_found');
  });
});
