import crypto, { type KeyObject } from 'node:crypto';

import { expect } from 'chai';

import type { CreateClientInput, Manager } from '../../src/clients/index.ts';
import type { AppError } from '../../src/platform/app-error.ts';
import { createPerson } from '../support/people/people.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';
import { isTrueWithin } from '../support/wait-for.ts';

const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};
const publicKey = (type: string, options: object = {}): object =>
  // One function for all types; its overloads want each by name.
  (crypto.generateKeyPairSync as (type: string, options: object) => { publicKey: KeyObject })(
    type,
    options,
  ).publicKey.export({ format: 'jwk' });
const KEYS = { keys: [KEY] };
const PRIVATE = { ...KEY, d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI' };

type Settings = Partial<CreateClientInput>;

const REFUSED: readonly (readonly [string, Settings, Record<string, string>])[] = [
  ['no name', { name: ' ' }, { name: 'name_missing' }],
  ['a long name', { name: 'x'.repeat(61) }, { name: 'name_too_long' }],
  ['a name that hides signs', { name: 'Bank\u200b' }, { name: 'name_unprintable' }],
  ['no address to come back to', { redirectUris: [] }, { redirectUris: 'redirect_uris_missing' }],
  [
    'an address twice, naming the line',
    { redirectUris: ['https://a.example/', 'https://a.example/'] },
    { 'redirectUris.1': 'redirect_uri_repeated' },
  ],
  [
    'several bad addresses, naming each line',
    { redirectUris: ['http://a.example/', 'https://a.example/', 'https://*.example/'] },
    { 'redirectUris.0': 'redirect_uri_not_https', 'redirectUris.2': 'redirect_uri_wildcard' },
  ],
  [
    'a bad address after signing out',
    { postLogoutRedirectUris: ['javascript:alert(1)'] },
    { 'postLogoutRedirectUris.0': 'redirect_uri_scheme' },
  ],
  ['an unknown scope', { scopes: ['openid', 'shoes'] }, { 'scopes.1': 'scope_unknown' }],
  ['no openid', { scopes: ['email'] }, { scopes: 'scope_openid_missing' }],
  [
    'a public web app',
    { tokenEndpointAuthMethod: 'none' },
    { tokenEndpointAuthMethod: 'auth_method_not_for_type' },
  ],
  [
    'its own key without a key',
    { tokenEndpointAuthMethod: 'private_key_jwt' },
    { jwks: 'jwks_missing' },
  ],
  [
    'a private key',
    { tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [PRIVATE] } },
    { jwks: 'jwks_private' },
  ],
  [
    'a key that is none',
    { tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [{ kty: 'EC' }] } },
    { jwks: 'jwks_invalid' },
  ],
  ...(
    [
      ['a kid that is no text', { kid: 7 }, 'jwks_invalid'],
      ['an empty kid', { kid: '' }, 'jwks_invalid'],
      ['an algorithm that is no text', { alg: 1 }, 'jwks_invalid'],
      ['an algorithm of another kind of key', { alg: 'RS256' }, 'jwks_unusable'],
      ['operations without verifying', { key_ops: ['sign'] }, 'jwks_unusable'],
      ['operations that are no list', { key_ops: 'verify' }, 'jwks_unusable'],
      [
        'a curve that signs nothing here',
        publicKey('ec', { namedCurve: 'P-521' }),
        'jwks_unusable',
      ],
      ['a key for key agreement', publicKey('x25519'), 'jwks_unusable'],
    ] as const
  ).map(
    ([title, members, code]) =>
      [
        title,
        {
          tokenEndpointAuthMethod: 'private_key_jwt',
          jwks: { keys: [{ ...KEY, ...members }] },
        },
        { jwks: code },
      ] as const,
  ),
  ['a key nobody uses', { jwks: KEYS }, { jwks: 'jwks_not_used' }],
  [
    'pairwise subjects over several hosts',
    { subjectType: 'pairwise', redirectUris: ['https://a.example/', 'https://b.example/'] },
    { subjectType: 'pairwise_needs_one_host' },
  ],
  ['a logo over http', { logoUri: 'http://a.example/logo.png' }, { logoUri: 'address_not_https' }],
  ['a script as privacy page', { policyUri: 'javascript:1' }, { policyUri: 'address_not_https' }],
  ['terms behind a user name', { tosUri: 'https://a@b.example/' }, { tosUri: 'address_not_https' }],
  [
    'a start address over http',
    { initiateLoginUri: 'http://a.example/in' },
    { initiateLoginUri: 'address_not_https' },
  ],
  [
    'a start address with an issuer',
    { initiateLoginUri: 'https://a.example/in?iss=x' },
    { initiateLoginUri: 'start_address_parameter' },
  ],
  [
    'a start address with a fragment',
    { initiateLoginUri: 'https://a.example/in#x' },
    { initiateLoginUri: 'start_address_parameter' },
  ],
  ['a contact that is no address', { contact: 'ask me' }, { contact: 'contact_not_email' }],
  [
    'a single-page app without PKCE',
    { applicationType: 'single_page', requirePkce: false },
    { requirePkce: 'pkce_required' },
  ],
  [
    'a single-page app with a secret',
    { applicationType: 'single_page', tokenEndpointAuthMethod: 'client_secret_basic' },
    { tokenEndpointAuthMethod: 'auth_method_not_for_type' },
  ],
  [
    'a machine that people come back to',
    { applicationType: 'machine', scopes: [] },
    { redirectUris: 'redirect_uris_not_used' },
  ],
  [
    'a machine that asks for personal data',
    { applicationType: 'machine', redirectUris: [], scopes: ['email', 'account:read'] },
    { 'scopes.0': 'scope_needs_person', 'scopes.1': 'scope_needs_person' },
  ],
];

describe('settings of an app', () => {
  let nodes: TwoNodes;
  let owner: Manager;

  const create = (settings: Settings): Promise<{ client: { id: string } }> =>
    nodes.here.clients.create({
      applicationType: 'web',
      name: 'Bookshop',
      redirectUris: ['https://bookshop.example/callback'],
      ...settings,
      ownerAccountId: owner.accountId,
    });

  before(async () => {
    nodes = await openTwoNodes();
    owner = { accountId: (await createPerson(nodes.here)).accountId, isAdministrator: false };
  });
  after(() => nodes.close());

  for (const [what, settings, fields] of REFUSED) {
    it(`refuse ${what}`, async () => {
      const error = await create(settings).catch((failure: unknown) => failure);
      expect((error as AppError).code).to.equal('client_invalid');
      expect((error as AppError).fields).to.deep.equal(fields);
    });
  }

  it('are the defaults that stock clients of OpenID Connect expect', async () => {
    const { client } = await create({});
    const found = await nodes.here.clients.findManaged({ clientId: client.id, manager: owner });
    expect(found).to.deep.include({
      scopes: ['openid', 'profile', 'email'],
      idTokenSignedResponseAlg: 'RS256',
      claimsInIdToken: false,
      requirePkce: false,
    });
    for (const applicationType of ['single_page', 'native'] as const) {
      const { client: app } = await create({ applicationType });
      const managed = { clientId: app.id, manager: owner };
      expect((await nodes.here.clients.findManaged(managed)).requirePkce).to.equal(true);
    }
  });

  it('keep the signature and the scopes of an app that was registered before', async () => {
    const { client } = await create({});
    await nodes.here.db.query({
      name: 'test-older-client',
      text: `update clients set metadata = metadata - 'claims_in_id_token'
               || '{"id_token_signed_response_alg": "ES256", "require_pkce": true}' where id = $1`,
      values: [client.id],
    });
    const found = await nodes.here.clients.findManaged({ clientId: client.id, manager: owner });
    expect(found).to.deep.include({
      idTokenSignedResponseAlg: 'ES256',
      claimsInIdToken: false,
      requirePkce: true,
    });
  });

  it('require PKCE of a confidential app when the developer turns it on, and not when off', async () => {
    const { client } = await create({ requirePkce: true });
    const managed = { clientId: client.id, manager: owner };
    expect((await nodes.here.clients.findManaged(managed)).requirePkce).to.equal(true);
    const changed = await nodes.here.clients.change({
      ...managed,
      changes: { requirePkce: false },
    });
    expect(changed.requirePkce).to.equal(false);
  });

  it('keep the host of an app with pairwise subjects, so that the subjects stay the same', async () => {
    const { client } = await create({ subjectType: 'pairwise' });
    const error = await nodes.here.clients
      .change({
        clientId: client.id,
        manager: owner,
        changes: { redirectUris: ['https://other.example/callback'] },
      })
      .catch((failure: unknown) => failure);
    expect((error as AppError).fields).to.deep.equal({ redirectUris: 'pairwise_host_fixed' });
  });

  it('reach the other node', async () => {
    const { client } = await create({});
    expect((await nodes.there.clients.find(client.id))?.name).to.equal('Bookshop');
    await nodes.here.clients.change({
      clientId: client.id,
      manager: owner,
      changes: { name: 'Bookstore' },
    });
    const isThere = async (): Promise<boolean> =>
      (await nodes.there.clients.find(client.id))?.name === 'Bookstore';
    expect(await isTrueWithin(isThere)).to.equal(true);
  });

  it('are answered with the same object until they change', async () => {
    const { client } = await create({});
    const { clients } = nodes.here;
    const isSame = async (): Promise<boolean> =>
      (await clients.find(client.id)) === (await clients.find(client.id));
    expect(await isTrueWithin(isSame)).to.equal(true);
  });

  it('of an app that an administrator suspended cannot be lifted by its owner', async () => {
    const { client } = await create({});
    const manager = await administrator();
    const managed = { clientId: client.id, manager: owner };
    const { clients } = nodes.here;
    await clients.setStatus({ clientId: client.id, manager, status: 'suspended' });
    const error = await clients
      .setStatus({ ...managed, status: 'active' })
      .catch((failure: unknown) => failure);
    expect((error as AppError).code).to.equal('client_suspended_by_administrator');
    const lifted = await clients.setStatus({ clientId: client.id, manager, status: 'active' });
    expect(lifted.status).to.equal('active');
  });

  it('of a deleted app are kept for history and cannot be managed', async () => {
    const { client } = await create({});
    const managed = { clientId: client.id, manager: owner };
    await nodes.here.clients.remove(managed);
    const isGone = async (): Promise<boolean> =>
      (await nodes.there.clients.find(client.id))?.status === 'deleted';
    expect(await isTrueWithin(isGone)).to.equal(true);
    const error = await nodes.here.clients
      .findManaged(managed)
      .catch((failure: unknown) => failure);
    expect((error as AppError).code).to.equal('client_not_found');
    const owned = await nodes.here.clients.listOwnedBy(owner.accountId);
    expect(owned.map(({ id }) => id)).not.to.include(client.id);
  });

  async function administrator(): Promise<Manager> {
    const { accountId } = await createPerson(nodes.here);
    return { accountId, isAdministrator: true };
  }
});
