import { expect } from 'chai';
import * as oauth from 'openid-client';

import type { Client, CreateClientInput, Manager } from '../../src/clients/index.ts';
import { createPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { isTrueWithin } from '../support/wait-for.ts';

describe('authentication of apps at the token endpoint', () => {
  let server: TestServer;
  let owner: Manager;

  before(async () => {
    server = await startTestServer();
    const { accountId } = await createPerson(server.connected);
    owner = { accountId, isAdministrator: false };
  });
  after(() => server.stop());

  async function register(
    settings: Partial<CreateClientInput> = {},
  ): Promise<{ client: Client; secret: string }> {
    const { client, secret } = await server.connected.clients.create({
      applicationType: 'machine',
      name: 'Nightly job',
      ...settings,
      ownerAccountId: owner.accountId,
    });
    return { client, secret: secret?.secret ?? '' };
  }

  /** The answer to a client_credentials request, as openid-client sees it. */
  async function outcome(client: Client, authentication: oauth.ClientAuth): Promise<string> {
    const config = await oauth.discovery(
      new URL(server.url),
      client.id,
      undefined,
      authentication,
      { execute: [oauth.allowInsecureRequests] },
    );
    return oauth.clientCredentialsGrant(config).then(
      () => 'token',
      (error: unknown) => {
        // With Basic the answer has a challenge, which openid-client puts before the code (RFC 6749 §5.2).
        const { status, error: code } = error as { status?: number; error?: string };
        return code ?? (status === 401 ? 'invalid_client' : String(error));
      },
    );
  }

  const isOutcome = (wanted: string, client: Client, secret: string): Promise<boolean> =>
    isTrueWithin(async () => (await outcome(client, oauth.ClientSecretBasic(secret))) === wanted);

  it('accepts old and new secret during the overlap, and only the new one without it', async () => {
    const { client, secret } = await register();
    const rotation = { clientId: client.id, manager: owner };
    const second = await server.connected.clients.rotateSecret({ ...rotation, overlapSeconds: 60 });
    expect(await isOutcome('token', client, second.secret)).to.equal(true);
    expect(await isOutcome('token', client, secret)).to.equal(true);
    const third = await server.connected.clients.rotateSecret({ ...rotation, overlapSeconds: 0 });
    expect(await isOutcome('token', client, third.secret)).to.equal(true);
    for (const old of [secret, second.secret]) {
      expect(await isOutcome('invalid_client', client, old)).to.equal(true);
    }
  });

  it('accepts the secret only where the app is registered to send it', async () => {
    const rows = [
      [undefined, oauth.ClientSecretBasic, 'token'],
      [undefined, oauth.ClientSecretPost, 'token'],
      ['client_secret', oauth.ClientSecretBasic, 'token'],
      ['client_secret', oauth.ClientSecretPost, 'token'],
      ['client_secret_basic', oauth.ClientSecretBasic, 'token'],
      ['client_secret_basic', oauth.ClientSecretPost, 'invalid_client'],
      ['client_secret_post', oauth.ClientSecretPost, 'token'],
      ['client_secret_post', oauth.ClientSecretBasic, 'invalid_client'],
    ] as const;
    for (const [tokenEndpointAuthMethod, authentication, expected] of rows) {
      const { client, secret } = await register(
        tokenEndpointAuthMethod === undefined ? {} : { tokenEndpointAuthMethod },
      );
      expect(await outcome(client, authentication(secret))).to.equal(expected);
      expect(await outcome(client, authentication(`${secret}x`))).to.equal('invalid_client');
    }
    expect(rows).to.have.length(8);
  });

  it('accepts the secret in one place only (RFC 6749 §2.3)', async () => {
    const { client, secret } = await register();
    const answer = await fetch(`${server.url}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_secret: secret }),
    });
    expect(answer.status).to.equal(400);
    expect(await answer.json()).to.include({ error: 'invalid_request' });
  });

  it('keeps a single method that the developer chose, also after another setting changed', async () => {
    const { client, secret } = await register({ tokenEndpointAuthMethod: 'client_secret_basic' });
    const managed = { clientId: client.id, manager: owner };
    await server.connected.clients.change({ ...managed, changes: { name: 'Renamed' } });
    expect(await outcome(client, oauth.ClientSecretPost(secret))).to.equal('invalid_client');
    await server.connected.clients.change({
      ...managed,
      changes: { tokenEndpointAuthMethod: 'client_secret' },
    });
    const isTaken = (): Promise<boolean> =>
      outcome(client, oauth.ClientSecretPost(secret)).then((result) => result === 'token');
    expect(await isTrueWithin(isTaken)).to.equal(true);
    expect(await outcome(client, oauth.ClientSecretBasic(secret))).to.equal('token');
  });

  it('refuses every secret of a suspended app, and accepts it again afterwards', async () => {
    const { client, secret } = await register();
    const status = { clientId: client.id, manager: owner };
    expect(await isOutcome('token', client, secret)).to.equal(true);
    await server.connected.clients.setStatus({ ...status, status: 'suspended' });
    expect(await isOutcome('invalid_client', client, secret)).to.equal(true);
    await server.connected.clients.setStatus({ ...status, status: 'active' });
    expect(await isOutcome('token', client, secret)).to.equal(true);
  });

  it('accepts signatures of a registered key and of no other', async () => {
    const [own, other] = await Promise.all([makeKeys(), makeKeys()]);
    const { client } = await register({
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [own.publicJwk] },
    });
    expect(await outcome(client, oauth.PrivateKeyJwt(own.privateKey))).to.equal('token');
    expect(await outcome(client, oauth.PrivateKeyJwt(other.privateKey))).to.equal('invalid_client');
    expect(await outcome(client, oauth.ClientSecretBasic('x'))).to.equal('invalid_client');
  });
});

async function makeKeys(): Promise<{
  readonly privateKey: CryptoKey;
  readonly publicJwk: Readonly<Record<string, unknown>>;
}> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign', 'verify'],
  );
  const {
    key_ops: _operations,
    ext: _extractable,
    ...publicJwk
  } = await crypto.subtle.exportKey('jwk', publicKey);
  return { privateKey, publicJwk };
}
