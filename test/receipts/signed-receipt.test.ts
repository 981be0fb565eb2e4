import { createPublicKey, randomUUID, verify, type webcrypto } from 'node:crypto';

import { expect } from 'chai';

import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  emailIn,
  openReceiptScene,
  payloadOf,
  verdictOn,
  type ReceiptScene,
} from './receipt-scene.ts';

describe('A signed receipt', () => {
  let server: TestServer;
  let scene: ReceiptScene;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  beforeEach(async () => {
    scene = await openReceiptScene(server);
  });

  it('can be verified with the published keys alone', async () => {
    await scene.connect();
    const { jws } = await scene.newest();
    const { keys } = await scene.read<{ keys: (webcrypto.JsonWebKey & { kid: string })[] }>(
      '/jwks',
    );
    const [head = '', body = '', signature = ''] = jws.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, string>;
    const key = keys.find(({ kid }) => kid === header['kid']);
    expect(header).to.include({ alg: 'ES256', typ: 'consent-receipt+jwt' });
    const isGenuine = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: createPublicKey({ key: key ?? {}, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    expect(isGenuine).to.equal(true);
    expect(await scene.check(jws)).to.include({
      isGenuine: true,
      keyId: header['kid'],
      isLatest: true,
    });
  });

  it('has the field names of both standards, and no value of the person', async () => {
    await scene.connect();
    const { jws } = await scene.newest();
    const payload = payloadOf(jws);
    expect(payload).to.include.keys([
      'schema_version',
      'receipt_id',
      'record_id',
      'pii_principal_id',
      'pii_processing',
      'party_identification',
      'event',
    ]);
    expect(payload.pii_processing).to.include.keys([
      'privacy_notice',
      'language',
      'jurisdiction',
      'service',
      'purposes',
    ]);
    expect(payload.event).to.include.keys([
      'event_time',
      'event_type',
      'event_state',
      'entity_id',
      'validity_duration',
    ]);
    expect(payload.kantara_consent_receipt).to.include.keys([
      'version',
      'jurisdiction',
      'consentTimestamp',
      'collectionMethod',
      'consentReceiptID',
      'language',
      'piiPrincipalId',
      'piiControllers',
      'policyUrl',
      'services',
      'sensitive',
    ]);
    expect(payload.kantara_consent_receipt).to.include({
      version: 'KI-CR-v1.1.0',
      policyUrl: 'https://bookshop.example/privacy',
      consentReceiptID: payload.receipt_id,
    });
    const text = JSON.stringify(payload);
    for (const secret of [
      scene.ana.email,
      'Ana Petrova',
      scene.ana.accountId,
      scene.id('email'),
      scene.id('name'),
    ]) {
      expect(text).not.to.contain(secret);
    }
  });

  it('is not genuine after a change of any member', async () => {
    await scene.connect();
    const { jws } = await scene.newest();
    const [head = '', body = '', signature = ''] = jws.split('.');
    const places = leavesOf(JSON.parse(Buffer.from(body, 'base64url').toString()));
    expect(places.length).to.be.at.least(60);
    for (const place of places) {
      const changed = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
      changeAt(changed, place);
      const forged = Buffer.from(JSON.stringify(changed)).toString('base64url');
      const verdict = await verdictOn(server, `${head}.${forged}.${signature}`);
      expect(verdict.isGenuine, place.join('.')).to.equal(false);
    }
    const none = Buffer.from('{"alg":"none","typ":"consent-receipt+jwt"}').toString('base64url');
    for (const forged of [`${none}.${body}.`, `${head}.${body}.`, 'nonsense', '...']) {
      expect(await verdictOn(server, forged)).to.include({ isGenuine: false, keyId: null });
    }
  });

  it('differs in type from other statements signed with the same key', async () => {
    const tokens = await scene.connect();
    const other = await server.connected.signer.sign(
      { iss: server.url, receipt_id: randomUUID() },
      {
        typ: 'something-else+jwt',
      },
    );
    for (const statement of [tokens.id_token ?? '', other]) {
      expect(await verdictOn(server, statement)).to.include({ isGenuine: false });
    }
  });

  it('contains nothing by which two apps can identify the same person', async () => {
    await scene.connect();
    const first = payloadOf((await scene.newest()).jws);
    const library = await registerThirdPartyApp(server, scene.ana.accountId, { name: 'Library' });
    await scene.withApp(library).connect();
    const second = payloadOf((await scene.newest()).jws);
    expect(second.pii_processing.service).to.equal('Library');
    expect(second.pii_principal_id).not.to.equal(first.pii_principal_id);
    const [one, two] = [emailIn(first), emailIn(second)];
    expect(one?.pii_attribute_id).to.be.a('string');
    expect(two?.pii_attribute_id).to.be.a('string').and.not.to.equal(one?.pii_attribute_id);
  });

  it('can be verified after its key was retired, with the text as it was shown', async () => {
    await scene.connect();
    const { jws } = await scene.newest();
    await retireSigningKey(server);
    expect(await scene.check(jws)).to.include({ isGenuine: true, isLatest: true });
    await scene.changeEmail('refuse');
    const next = (await scene.newest()).jws;
    expect(headerOf(next)['kid']).not.to.equal(headerOf(jws)['kid']);
    expect(await scene.check(next)).to.include({ isGenuine: true, isLatest: true });
    expect(await scene.check(jws)).to.include({ isGenuine: true, isLatest: false });
  });

  it('can be verified when it is too long for an address', async () => {
    await scene.connect();
    const { jws, receiptId } = await scene.newest();
    expect(await verdictOn(server, jws)).to.include({ isGenuine: true, receiptId });
  });
});

/** A rotation: the current key stops signing, and a new key replaces it. */
async function retireSigningKey({ connected }: TestServer): Promise<void> {
  const { db, feed } = connected;
  await db.transaction(async (tx) => {
    await tx.query({
      name: 'test-retire-signing-key',
      text: `update signing_keys set status = 'retired' where alg = 'ES256' and status = 'current'`,
      values: [],
    });
    await feed.publish(tx, 'signing-keys', 'all');
  });
}

function headerOf(jws: string): Record<string, string> {
  return JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as Record<
    string,
    string
  >;
}

/** The paths of all leaf members. */
function leavesOf(node: unknown, path: readonly string[] = []): string[][] {
  if (typeof node !== 'object' || node === null) return [[...path]];
  return Object.entries(node).flatMap(([name, value]) => leavesOf(value, [...path, name]));
}

function changeAt(root: object, path: readonly string[]): void {
  const holder = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (node, name) => node[name] as Record<string, unknown>,
      root as Record<string, unknown>,
    );
  const name = path.at(-1) ?? '';
  holder[name] = typeof holder[name] === 'string' ? `${holder[name]}x` : 'x';
}
