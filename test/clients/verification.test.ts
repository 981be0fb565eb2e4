import { expect } from 'chai';

import type { ClientSettings } from '../../src/clients/settings/client-settings.ts';
import { createPerson } from '../support/people/people.ts';
import { arriving, photo } from '../support/people/pictures.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';

const ADMINISTRATOR = { accountId: null, isAdministrator: true } as const;
const START = {
  applicationType: 'web',
  redirectUris: ['https://shop.example/callback'],
  clientUri: 'https://shop.example/',
  contact: 'help@shop.example',
} as const;

type Changes = Partial<ClientSettings>;
const ENDING: Readonly<Record<string, Changes>> = {
  'another name': { name: 'Your Bank' },
  'a redirect address at another host': {
    redirectUris: ['https://shop.example/callback', 'https://evil.example/'],
  },
  'an address after the sign-out at another host': {
    postLogoutRedirectUris: ['https://evil.example/'],
  },
  'another home page': { clientUri: 'https://bank.example/' },
  'another page for the start': { initiateLoginUri: 'https://evil.example/start' },
  'another privacy page': { policyUri: 'https://bank.example/privacy' },
  'other terms': { tosUri: 'https://bank.example/terms' },
  'a contact at another domain': { contact: 'help@bank.example' },
};
const KEEPING: Readonly<Record<string, Changes>> = {
  'another path at the same host': { redirectUris: ['https://shop.example/oidc'] },
  'fewer addresses': { clientUri: null, contact: null },
  'technical settings': { idTokenSignedResponseAlg: 'ES256', requirePkce: true },
};

describe('The verification of an app', () => {
  let nodes: TwoNodes;
  before(async () => {
    nodes = await openTwoNodes();
  });
  after(() => nodes?.close());

  async function verifiedApp() {
    const { here } = nodes;
    const { accountId } = await createPerson(here);
    const { client } = await here.clients.create({
      ownerAccountId: accountId,
      name: `Shop ${accountId}`,
      ...START,
    });
    const managed = { clientId: client.id, manager: { accountId, isAdministrator: false } };
    await here.clients.setVerified({
      clientId: client.id,
      manager: ADMINISTRATOR,
      isVerified: true,
    });
    const lastEvents = async () => (await here.audit.list(accountId)).map(({ kind }) => kind);
    return { managed, lastEvents };
  }

  for (const [title, changes] of Object.entries(ENDING)) {
    it(`ends when the owner gives the app ${title}`, async () => {
      const { managed, lastEvents } = await verifiedApp();
      const changed = await nodes.here.clients.change({ ...managed, changes });
      expect(changed.isVerified).to.equal(false);
      expect(await lastEvents()).to.include('client.unverified');
    });

    it(`stays when an administrator gives the app ${title}`, async () => {
      const { managed } = await verifiedApp();
      const changed = await nodes.here.clients.change({
        ...managed,
        manager: ADMINISTRATOR,
        changes,
      });
      expect(changed.isVerified).to.equal(true);
    });
  }

  it('ends when the owner gives the app another logo or none', async () => {
    const { managed } = await verifiedApp();
    const set = async (colour: string, manager: typeof ADMINISTRATOR | typeof managed.manager) => {
      const content = arriving(await photo(colour));
      return nodes.here.clients.setLogo({ clientId: managed.clientId, manager, content });
    };
    expect((await set('red', ADMINISTRATOR)).isVerified).to.equal(true);
    expect((await set('red', managed.manager)).isVerified).to.equal(true);
    expect((await set('blue', managed.manager)).isVerified).to.equal(false);
    await nodes.here.clients.setVerified({
      clientId: managed.clientId,
      manager: ADMINISTRATOR,
      isVerified: true,
    });
    await nodes.here.clients.removeLogo(managed);
    expect((await nodes.here.clients.findManaged(managed)).isVerified).to.equal(false);
  });

  for (const [title, changes] of Object.entries(KEEPING)) {
    it(`stays when the owner gives the app ${title}`, async () => {
      const { managed } = await verifiedApp();
      const changed = await nodes.here.clients.change({ ...managed, changes });
      expect(changed.isVerified).to.equal(true);
    });
  }
});
