import { createHash, createPublicKey, randomUUID, verify, type webcrypto } from 'node:crypto';

import { expect } from 'chai';

import type { ConsentText } from '../../src/consents/index.ts';
import { answerConsent, beginAt, connectApp } from '../support/connect-app.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/third-party-app.ts';
import type { Visitor } from '../support/visitor.ts';

interface Summary {
  readonly receiptId: string;
  readonly clientId: string;
  readonly kind: string;
  readonly jws: string;
}

interface Full extends Summary {
  readonly isLatest: boolean;
  readonly receipt: Payload;
  readonly text: ConsentText | null;
}

interface Payload {
  readonly receipt_id: string;
  readonly record_version: number;
  readonly record_status: string;
  readonly pii_principal_id: string;
  readonly pii_processing: {
    readonly notice_hash: string | null;
    readonly language: string | null;
    readonly service: string;
    readonly purposes: readonly {
      readonly purpose: string;
      readonly pii_information: readonly {
        readonly pii_type: string;
        readonly pii_attribute_id: string | null;
        readonly decision: string;
      }[];
    }[];
  };
  readonly event: { readonly event_state: string; readonly pii_types: readonly string[] };
  readonly kantara_consent_receipt?: Readonly<Record<string, unknown>>;
}

interface Verdict {
  readonly isGenuine: boolean;
  readonly keyId: string | null;
  readonly receiptId: string | null;
  readonly isLatest: boolean;
}

describe('Receipts', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  beforeEach(async () => {
    ana = await createPerson(server.connected, {
      values: { name: ['Ana Petrova'], email: [`${randomUUID()}@work.example`] },
    });
    app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      policyUri: 'https://bookshop.example/privacy',
      contact: 'privacy@bookshop.example',
      requests: [
        request('name', 'essential', 'To address you'),
        request('email', 'voluntary', 'To send you receipts'),
      ],
    });
    visitor = visitorAt(server.url);
  });

  const id = (claim: string, index = 0): string => ana.attributeIds[claim]?.[index] ?? '';
  const connect = (choices: Record<string, string> = {}) =>
    connectApp({
      visitor,
      app,
      person: ana,
      choices: { 'claim.name': id('name'), 'claim.email': id('email'), ...choices },
    });
  const read = async <T>(path: string, as: Visitor = visitor): Promise<T> => {
    const response = await as.request(`${server.url}${path}`, {
      headers: { accept: 'application/json' },
    });
    expect(response.status, await response.clone().text()).to.equal(200);
    return (await response.json()) as T;
  };
  const list = async (): Promise<readonly Summary[]> =>
    (await read<{ receipts: Summary[] }>('/api/v1/account/receipts')).receipts;
  const full = (receiptId: string) => read<Full>(`/api/v1/account/receipts/${receiptId}`);
  const newest = async (): Promise<Full> => full((await list())[0]?.receiptId ?? '');
  const check = (jws: string) =>
    read<Verdict>(`/api/v1/receipts/verify?${new URLSearchParams({ jws }).toString()}`);
  const changeEmail = (choice: string) =>
    server.connected.consents.changeItem({
      accountId: ana.accountId,
      clientId: app.clientId,
      claim: 'email',
      choice,
      locale: 'en',
    });
  const withdraw = () =>
    server.connected.consents.withdraw({ accountId: ana.accountId, clientId: app.clientId });

  it('names the very text that the consent page showed, in its language', async () => {
    visitor = visitorAt(server.url, { headers: { 'accept-language': 'ru' } });
    await beginAt({ visitor, app, person: ana });
    const shown = visitor.page;
    await answerConsent({ visitor, app, person: ana, choices: { 'claim.name': id('name') } });

    const { text, receipt } = await newest();
    const seen = shown.document.querySelector('input[name=seen]')?.getAttribute('value') ?? '';
    expect(receipt.pii_processing.notice_hash).to.equal(`sha-256:${seen.split('.')[1] ?? ''}`);
    expect(receipt.pii_processing.notice_hash).to.equal(`sha-256:${hashOf(text)}`);
    expect(receipt.pii_processing.language).to.equal('ru');
    const lines = (text?.lines ?? []).map((line) => line.text);
    expect(lines).to.have.length.of.at.least(5);
    for (const line of lines) expect(shown.text).to.contain(line);
    expect(lines.join('\n')).to.contain('To address you').and.to.contain('Bookshop');
    expect(lines.join('\n')).not.to.contain(ana.email).and.not.to.contain('Ana Petrova');
  });

  it('refuses a form that was made from other words than the page would show now', async () => {
    await beginAt({ visitor, app, person: ana });
    await server.connected.clients.change({
      clientId: app.clientId,
      manager: { accountId: ana.accountId, isAdministrator: false },
      changes: { name: 'Somebody else entirely' },
    });
    await visitor.submitForm('button[value=allow]', { 'claim.name': id('name') });
    expect(visitor.page.status).to.equal(422);
    expect(await server.connected.consents.history({ accountId: ana.accountId })).to.be.empty;
  });

  it('is signed by a key of the published set, and says so to whoever has only that', async () => {
    await connect();
    const { jws } = await newest();
    const { keys } = await read<{ keys: (webcrypto.JsonWebKey & { kid: string })[] }>('/jwks');
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
    expect(await check(jws)).to.include({ isGenuine: true, keyId: header['kid'], isLatest: true });
  });

  it('carries the field names of both standards, and no value of the person', async () => {
    await connect();
    const { jws } = await newest();
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
    for (const secret of [ana.email, 'Ana Petrova', ana.accountId, id('email'), id('name')]) {
      expect(text).not.to.contain(secret);
    }
  });

  it('is not genuine once any member of it was changed', async () => {
    await connect();
    const { jws } = await newest();
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

  it('takes no other statement that is signed with the same key', async () => {
    const tokens = await connect();
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

  it('says value by value what changed, and which receipt says how things stand', async () => {
    await connect();
    await changeEmail(id('email', 1));
    await changeEmail('refuse');
    await withdraw();
    const receipts = await list();
    expect(receipts.map(({ kind }) => kind)).to.deep.equal([
      'withdrawn',
      'changed',
      'changed',
      'allowed',
    ]);
    const payloads = receipts.map(({ jws }) => payloadOf(jws));
    expect(payloads.map(({ event }) => event.event_state)).to.deep.equal([
      'consent_withdrawn',
      'consent_changed',
      'consent_changed',
      'consent_given',
    ]);
    const [ended, refused, exchanged, given] = payloads.map((payload) => emailIn(payload));
    expect(given?.decision).to.equal('share');
    expect(exchanged?.decision).to.equal('share');
    expect(exchanged?.pii_attribute_id).not.to.equal(given?.pii_attribute_id);
    expect(refused).to.include({ decision: 'refuse', pii_attribute_id: null });
    expect(ended?.decision).to.equal('refuse');
    expect(payloads[1]?.event.pii_types).to.deep.equal(['email']);
    expect(payloads[0]?.record_status).to.equal('withdrawn');
    expect(payloads.map(({ record_version: version }) => version)).to.deep.equal([4, 3, 2, 1]);
    const verdicts = await Promise.all(receipts.map(({ jws }) => check(jws)));
    expect(verdicts.map(({ isLatest }) => isLatest)).to.deep.equal([true, false, false, false]);
    expect(verdicts.every(({ isGenuine }) => isGenuine)).to.equal(true);
  });

  it('names the page on which access was ended', async () => {
    await connect();
    await visitor.get(`${server.url}/account/apps/${app.clientId}/end`);
    const shown = visitor.page.text;
    await visitor.submitForm('form[action$="/end"]');
    const { text, receipt } = await newest();
    expect(receipt.event.event_state).to.equal('consent_withdrawn');
    expect(text?.page).to.equal('end');
    for (const line of text?.lines ?? []) expect(shown).to.contain(line.text);
    expect(receipt.pii_processing.notice_hash).to.equal(`sha-256:${hashOf(text)}`);
  });

  it('has one signed form, also when two nodes are asked for it at the same moment', async () => {
    await connect();
    const other = await startTestServer({
      databaseUrl: server.databaseUrl,
      config: { issuer: server.url },
    });
    try {
      const [here, there] = await Promise.all(
        [server, other].map(({ connected }) =>
          Promise.all(Array.from({ length: 5 }, () => signedForms(connected, ana.accountId))),
        ),
      );
      expect(new Set([...(here ?? []), ...(there ?? [])].flat())).to.have.property('size', 1);
    } finally {
      await other.stop();
    }
  });

  it('comes with every event, also when two nodes change the same consent at once', async () => {
    await connect();
    const other = await startTestServer({
      databaseUrl: server.databaseUrl,
      config: { issuer: server.url },
    });
    try {
      const choices = [id('email'), id('email', 1), 'refuse'];
      await Promise.all(
        Array.from({ length: 30 }, (_, index) => {
          const { consents } = (index % 2 === 0 ? server : other).connected;
          return consents.changeItem({
            accountId: ana.accountId,
            clientId: app.clientId,
            claim: 'email',
            choice: choices[index % 3] ?? 'refuse',
            locale: 'en',
          });
        }),
      );
      const { consents } = server.connected;
      const events = await consents.history({ accountId: ana.accountId, limit: 100 });
      const receipts = await list();
      expect(events).to.have.length(31);
      expect(receipts).to.have.length(31);
      expect(new Set(receipts.map(({ receiptId }) => receiptId)).size).to.equal(31);
      const versions = receipts.map(({ jws }) => payloadOf(jws).record_version);
      expect(versions).to.deep.equal(Array.from({ length: 31 }, (_, index) => 31 - index));
    } finally {
      await other.stop();
    }
  });

  it('cannot be missing: the database takes no event without one', async () => {
    const insert = server.connected.db.query({
      name: 'test-event-without-receipt',
      text: `insert into consent_events (consent_id, account_id, client_id, kind, details, occurred_at)
        values ($1, $2, 'x', 'allowed', '{}', now())`,
      values: [randomUUID(), ana.accountId],
    });
    const error = await insert.then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(String((error as Error | null)?.message)).to.contain('consent_events_have_a_receipt');
  });

  it("is nobody else's: not at the API, not on the pages, not in the download", async () => {
    await connect();
    const { receiptId } = await newest();
    const eve = await createPerson(server.connected);
    const stranger = visitorAt(server.url);
    await stranger.get('/account/receipts');
    await signIn(stranger, eve);
    const paths = [
      `/api/v1/account/receipts/${receiptId}`,
      `/account/receipts/${receiptId}`,
      `/account/receipts/${receiptId}/download`,
    ];
    for (const path of paths) {
      expect((await stranger.request(`${server.url}${path}`)).status, path).to.equal(404);
    }
    const all = await stranger.request(`${server.url}/account/receipts.ndjson`);
    expect(await all.text()).to.equal('');
    expect(await read('/api/v1/account/receipts', stranger)).to.deep.equal({
      receipts: [],
      next: null,
    });
  });

  it('tells two apps nothing that would connect them', async () => {
    await connect();
    const first = payloadOf((await newest()).jws);
    app = await registerThirdPartyApp(server, ana.accountId, { name: 'Library' });
    await connect();
    const second = payloadOf((await newest()).jws);
    expect(second.pii_processing.service).to.equal('Library');
    expect(second.pii_principal_id).not.to.equal(first.pii_principal_id);
    const [one, two] = [emailIn(first), emailIn(second)];
    expect(one?.pii_attribute_id).to.be.a('string');
    expect(two?.pii_attribute_id).to.be.a('string').and.not.to.equal(one?.pii_attribute_id);
  });

  it('can be read, kept one by one and all together', async () => {
    await connect();
    await changeEmail('refuse');
    const [newer, older] = await list();
    await visitor.get(`${server.url}/account/receipts`);
    expect(visitor.page.document.querySelectorAll('.timeline-entry')).to.have.length(2);
    await visitor.follow(`a[href$="${older?.receiptId ?? ''}"]`);
    expect(visitor.page.text)
      .to.contain('To send you receipts')
      .and.to.contain('What may Bookshop');
    expect(visitor.page.text).to.contain('Something has changed since');
    await visitor.get(`/account/receipts/${newer?.receiptId ?? ''}`);
    expect(visitor.page.text).to.contain('This is how things stand now');
    const one = await visitor.request(`/account/receipts/${older?.receiptId ?? ''}/download`);
    expect(await one.text()).to.equal(older?.jws);
    expect(one.headers.get('content-disposition')).to.contain('.jws');
    const all = await visitor.request('/account/receipts.ndjson');
    const lines = (await all.text()).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Summary).jws)).to.deep.equal([
      newer?.jws,
      older?.jws,
    ]);
  });

  it('still verifies after its key was retired, and the text is shown in words long gone', async () => {
    await connect();
    const { jws } = await newest();
    await retireSigningKey(server);
    expect(await check(jws)).to.include({ isGenuine: true, isLatest: true });
    await changeEmail('refuse');
    const next = (await newest()).jws;
    expect(headerOf(next)['kid']).not.to.equal(headerOf(jws)['kid']);
    expect(await check(next)).to.include({ isGenuine: true, isLatest: true });
    expect(await check(jws)).to.include({ isGenuine: true, isLatest: false });
  });

  it('takes a receipt that is too long for an address', async () => {
    await connect();
    const { jws, receiptId } = await newest();
    expect(await verdictOn(server, jws)).to.include({ isGenuine: true, receiptId });
  });
});

function request(claim: string, necessity: 'essential' | 'voluntary', purpose: string) {
  return {
    claim,
    necessity,
    purpose: { en: purpose },
    longestDuration: 'until_withdrawn',
  } as const;
}

async function verdictOn(server: TestServer, jws: string): Promise<Verdict> {
  const response = await fetch(`${server.url}/api/v1/receipts/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jws }),
  });
  expect(response.status, await response.clone().text()).to.equal(200);
  return (await response.json()) as Verdict;
}

async function signedForms(
  connected: TestServer['connected'],
  accountId: string,
): Promise<string[]> {
  const { listReceipts } = await import('../../src/consents/list-receipts.ts');
  const deps = { ...connected, issuer: connected.config.issuer };
  return (await listReceipts(deps, { accountId, limit: 10 })).map(({ jws }) => jws);
}

/** What a rotation does: the current key signs no more, and a new one takes its place. */
async function retireSigningKey({ connected }: TestServer): Promise<void> {
  const { db, feed } = connected;
  await db.transaction(async (tx) => {
    await tx.query({
      name: 'test-retire-signing-key',
      text: `update signing_keys set status = 'retired' where alg = 'ES256' and status = 'current'`,
      values: [],
    });
    await feed.publish(tx, 'keys', 'all');
  });
}

function hashOf(text: ConsentText | null): string {
  return createHash('sha256').update(JSON.stringify(text)).digest('base64url');
}

function headerOf(jws: string): Record<string, string> {
  return JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as Record<
    string,
    string
  >;
}

function payloadOf(jws: string): Payload {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Payload;
}

function emailIn(payload: Payload) {
  return payload.pii_processing.purposes
    .flatMap(({ pii_information: pii }) => pii)
    .find(({ pii_type: type }) => type === 'email');
}

/** The way to every member that holds no other. */
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
