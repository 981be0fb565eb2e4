import crypto from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { Provider, type Adapter, type JWK } from 'oidc-provider';

import {
  CONSOLE_CLIENT_ID,
  ensureOwnClients,
  toProviderMetadata,
  type Client,
  type CreateClientInput,
} from '../../src/clients/index.ts';
import { CLIENT_EXTRAS } from '../../src/oidc/configuration.ts';
import { createPerson } from '../support/people/people.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';

const PUBLIC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  kid: 'one',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

const KINDS: readonly (readonly [string, Omit<CreateClientInput, 'ownerAccountId' | 'name'>])[] = [
  [
    'a web app',
    {
      applicationType: 'web',
      redirectUris: ['https://app.example/callback', 'http://localhost:3001/callback'],
      postLogoutRedirectUris: ['https://app.example/'],
      clientUri: 'https://app.example/',
      initiateLoginUri: 'https://app.example/sign-in',
      logoUri: 'https://app.example/logo.png',
      policyUri: 'https://app.example/privacy',
      tosUri: 'https://app.example/terms',
      contact: 'help@app.example',
    },
  ],
  [
    'a web app with pairwise subjects, RS256 and the secret in the body',
    {
      applicationType: 'web',
      redirectUris: ['https://app.example/callback', 'https://app.example/other'],
      subjectType: 'pairwise',
      idTokenSignedResponseAlg: 'RS256',
      tokenEndpointAuthMethod: 'client_secret_post',
      requirePkce: false,
    },
  ],
  [
    'a web app that signs with its own key',
    {
      applicationType: 'web',
      redirectUris: ['https://app.example/callback'],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [PUBLIC_KEY] },
    },
  ],
  ['a single-page app', { applicationType: 'single_page', redirectUris: ['https://app.example/'] }],
  [
    'a native app',
    {
      applicationType: 'native',
      redirectUris: [
        'http://127.0.0.1/callback',
        'com.example.app:/callback',
        'https://app.example/',
      ],
    },
  ],
  ['a machine', { applicationType: 'machine' }],
];

describe('an app as metadata of oidc-provider', () => {
  let nodes: TwoNodes;
  let provider: Provider;
  let ownerAccountId: string;

  before(async () => {
    nodes = await openTwoNodes();
    ownerAccountId = (await createPerson(nodes.here)).accountId;
    provider = new Provider('https://id.example.org', {
      adapter: readOnlyAdapter(nodes),
      jwks: { keys: [signingKey('ES256'), signingKey('RS256')] },
      clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
      extraClientMetadata: { properties: [...CLIENT_EXTRAS] },
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      pairwiseIdentifier: (_ctx, accountId, client) => `${accountId}.${client.clientId}`,
      responseTypes: ['code', 'none'],
      subjectTypes: ['public', 'pairwise'],
    });
  });
  after(() => nodes.close());

  for (const [kind, input] of KINDS) {
    it(`is accepted for ${kind}`, async () => {
      const { client, secret } = await nodes.here.clients.create({
        ...input,
        ownerAccountId,
        name: `Shop: ${kind}`.slice(0, 60),
      });
      const accepted = await provider.Client.find(client.id);
      expect(accepted?.clientId).to.equal(client.id);
      expect(accepted?.redirectUris).to.deep.equal([...client.redirectUris]);
      // For tokens for the management of its grants only.
      const own = client.tokenEndpointAuthMethod === 'none' ? [] : ['client_credentials'];
      const grantTypes = [...new Set([...client.grantTypes, ...own])];
      expect(accepted?.grantTypes).to.have.members(grantTypes);
      expect(accepted?.['consentry_require_pkce']).to.equal(client.requirePkce);
      expectNoSecret(client, secret?.secret);
    });
  }

  it('has the extra members that the library carries, and each of them is used', async () => {
    const { client } = await nodes.here.clients.create({
      applicationType: 'machine',
      ownerAccountId,
      name: 'Extras',
    });
    const given = Object.keys(toProviderMetadata(client)).filter((name) =>
      name.startsWith('consentry_'),
    );
    expect(given).to.have.members([...CLIENT_EXTRAS]);
    const files = globSync(fileURLToPath(new URL('../../src/oidc/**/*.ts', import.meta.url)));
    const sources = files.map((file) => readFileSync(file, 'utf8'));
    for (const name of CLIENT_EXTRAS) {
      // Once in the list, and at least once where it is read.
      const uses = sources.join('\n').split(new RegExp(`\\b${name}\\b`)).length - 1;
      expect(uses, name).to.be.above(1);
    }
  });

  it('is accepted for the console of this server, which is registered once and follows the issuer', async () => {
    await ensureOwnClients(nodes.here, { issuer: 'https://old.example.org' });
    const first = await nodes.here.clients.find(CONSOLE_CLIENT_ID);
    await ensureOwnClients(nodes.there, { issuer: 'https://old.example.org' });
    nodes.clock.advance(60);
    await ensureOwnClients(nodes.there, { issuer: 'https://id.example.org' });
    const manager = { accountId: ownerAccountId, isAdministrator: true };
    const moved = await nodes.here.clients.findManaged({ clientId: CONSOLE_CLIENT_ID, manager });
    expect(moved.redirectUris).to.deep.equal(['https://id.example.org/account/signed-in']);
    expect(moved.createdAt).to.deep.equal(first?.createdAt);

    const accepted = await provider.Client.find(CONSOLE_CLIENT_ID);
    expect(accepted?.responseTypes).to.deep.equal(['none']);
    expect(moved.isFirstParty).to.equal(true);
  });

  function expectNoSecret(client: Client, secret: string | undefined): void {
    const metadata = JSON.stringify(toProviderMetadata(client));
    if (secret !== undefined) expect(metadata).not.to.include(secret);
    for (const { fingerprint } of client.secretFingerprints) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        expect(metadata).not.to.include(fingerprint.toString(encoding));
      }
    }
  }
});

function signingKey(alg: 'ES256' | 'RS256'): JWK {
  const { privateKey } =
    alg === 'ES256'
      ? crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: alg };
}

function readOnlyAdapter({ here }: TwoNodes): (name: string) => Adapter {
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  return (name) => ({
    find: async (id: string) => {
      const client = name === 'Client' ? await here.clients.find(id) : null;
      return client === null ? undefined : toProviderMetadata(client);
    },
    upsert: nothing,
    consume: nothing,
    destroy: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    revokeByGrantId: nothing,
  });
}
