import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { answerConsent, beginAt } from '../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  emailIn,
  hashOf,
  openReceiptScene,
  payloadOf,
  type ReceiptScene,
  type Summary,
} from './receipt-scene.ts';

describe('Receipts', () => {
  let server: TestServer;
  let scene: ReceiptScene;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  beforeEach(async () => {
    scene = await openReceiptScene(server);
  });

  it('name the exact text of the consent page, in its language', async () => {
    scene = await openReceiptScene(server, { headers: { 'accept-language': 'ru' } });
    await beginAt(scene.input);
    const shown = scene.visitor.page;
    await answerConsent({ ...scene.input, choices: { 'claim.name': scene.id('name') } });

    const { text, receipt } = await scene.newest();
    const seen = shown.document.querySelector('input[name=seen]')?.getAttribute('value') ?? '';
    expect(receipt.pii_processing.notice_hash).to.equal(`sha-256:${seen.split('.')[1] ?? ''}`);
    expect(receipt.pii_processing.notice_hash).to.equal(`sha-256:${hashOf(text)}`);
    expect(receipt.pii_processing.language).to.equal('ru');
    const lines = (text?.lines ?? []).map((line) => line.text);
    expect(lines).to.have.length.of.at.least(5);
    for (const line of lines) expect(shown.text).to.contain(line);
    expect(lines.join('\n')).to.contain('To address you').and.to.contain('Bookshop');
    expect(lines.join('\n')).not.to.contain(scene.ana.email).and.not.to.contain('Ana Petrova');
  });

  it('require the current text: a form made from another text is refused', async () => {
    await beginAt(scene.input);
    await server.connected.clients.change({
      clientId: scene.app.clientId,
      manager: { accountId: scene.ana.accountId, isAdministrator: false },
      changes: { name: 'Somebody else entirely' },
    });
    await scene.visitor.submitForm('button[value=allow]', { 'claim.name': scene.id('name') });
    expect(scene.visitor.page.status).to.equal(422);
    expect(await server.connected.consents.history({ accountId: scene.ana.accountId })).to.be.empty;
  });

  it('state each changed value, and which receipt is the latest', async () => {
    await scene.connect();
    await scene.changeEmail(scene.id('email', 1));
    await scene.changeEmail('refuse');
    await scene.withdraw();
    const receipts = await scene.list();
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
    const verdicts = await Promise.all(receipts.map(({ jws }) => scene.check(jws)));
    expect(verdicts.map(({ isLatest }) => isLatest)).to.deep.equal([true, false, false, false]);
    expect(verdicts.every(({ isGenuine }) => isGenuine)).to.equal(true);
  });

  it('name the page on which access was ended', async () => {
    await scene.connect();
    await scene.visitor.get(`${server.url}/account/apps/${scene.app.clientId}/end`);
    const shown = scene.visitor.page.text;
    await scene.visitor.submitForm('form[action$="/end"]');
    const { text, receipt } = await scene.newest();
    expect(receipt.event.event_state).to.equal('consent_withdrawn');
    expect(text?.page).to.equal('end');
    for (const line of text?.lines ?? []) expect(shown).to.contain(line.text);
    expect(receipt.pii_processing.notice_hash).to.equal(`sha-256:${hashOf(text)}`);
  });

  it('have one signed form, also when two nodes sign concurrently', async () => {
    await scene.connect();
    const other = await startTestServer({
      databaseUrl: server.databaseUrl,
      config: { issuer: server.url },
    });
    try {
      const [here, there] = await Promise.all(
        [server, other].map(({ connected }) =>
          Promise.all(Array.from({ length: 5 }, () => signedForms(connected, scene.ana.accountId))),
        ),
      );
      expect(new Set([...(here ?? []), ...(there ?? [])].flat())).to.have.property('size', 1);
    } finally {
      await other.stop();
    }
  });

  it('exist for every event, also when two nodes change one consent concurrently', async () => {
    await scene.connect();
    const other = await startTestServer({
      databaseUrl: server.databaseUrl,
      config: { issuer: server.url },
    });
    try {
      const choices = [scene.id('email'), scene.id('email', 1), 'refuse'];
      await Promise.all(
        Array.from({ length: 30 }, (_, index) => {
          const { consents } = (index % 2 === 0 ? server : other).connected;
          return consents.changeItem({
            accountId: scene.ana.accountId,
            clientId: scene.app.clientId,
            claim: 'email',
            choice: choices[index % 3] ?? 'refuse',
            locale: 'en',
          });
        }),
      );
      const { consents } = server.connected;
      const events = await consents.history({ accountId: scene.ana.accountId, limit: 100 });
      const receipts = await scene.list();
      expect(events).to.have.length(31);
      expect(receipts).to.have.length(31);
      expect(new Set(receipts.map(({ receiptId }) => receiptId)).size).to.equal(31);
      const versions = receipts.map(({ jws }) => payloadOf(jws).record_version);
      expect(versions).to.deep.equal(Array.from({ length: 31 }, (_, index) => 31 - index));
    } finally {
      await other.stop();
    }
  });

  it('cannot be missing: the database refuses an event without one', async () => {
    const insert = server.connected.db.query({
      name: 'test-event-without-receipt',
      text: `insert into consent_events (consent_id, account_id, client_id, kind, details, occurred_at)
        values ($1, $2, 'x', 'allowed', '{}', now())`,
      values: [randomUUID(), scene.ana.accountId],
    });
    const error = await insert.then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(String((error as Error | null)?.message)).to.contain('consent_events_have_a_receipt');
  });

  it('are not available to another person: at the API, on the pages, in the download', async () => {
    await scene.connect();
    const { receiptId } = await scene.newest();
    const eve = await createPerson(server.connected);
    const otherVisitor = visitorAt(server.url);
    await otherVisitor.get('/account/receipts');
    await signIn(otherVisitor, eve);
    const paths = [
      `/api/v1/account/receipts/${receiptId}`,
      `/account/receipts/${receiptId}`,
      `/account/receipts/${receiptId}/download`,
    ];
    for (const path of paths) {
      expect((await otherVisitor.request(`${server.url}${path}`)).status, path).to.equal(404);
    }
    const all = await otherVisitor.request(`${server.url}/account/receipts.ndjson`);
    expect(await all.text()).to.equal('');
    expect(await scene.read('/api/v1/account/receipts', otherVisitor)).to.deep.equal({
      receipts: [],
      next: null,
    });
  });

  it('can be read, and downloaded one by one and all together', async () => {
    await scene.connect();
    await scene.changeEmail('refuse');
    const [newer, older] = await scene.list();
    await scene.visitor.get(`${server.url}/account/receipts`);
    expect(scene.visitor.page.document.querySelectorAll('.timeline-entry')).to.have.length(2);
    await scene.visitor.follow(`a[href$="${older?.receiptId ?? ''}"]`);
    expect(scene.visitor.page.text)
      .to.contain('To send you receipts')
      .and.to.contain('Bookshop wants to know you');
    expect(scene.visitor.page.text).to.contain('Something has changed since');
    await scene.visitor.get(`/account/receipts/${newer?.receiptId ?? ''}`);
    expect(scene.visitor.page.text).to.contain('Nothing has changed since then');
    const one = await scene.visitor.request(`/account/receipts/${older?.receiptId ?? ''}/download`);
    expect(await one.text()).to.equal(older?.jws);
    expect(one.headers.get('content-disposition')).to.contain('.jws');
    const all = await scene.visitor.request('/account/receipts.ndjson');
    const lines = (await all.text()).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Summary).jws)).to.deep.equal([
      newer?.jws,
      older?.jws,
    ]);
  });
});

async function signedForms(
  connected: TestServer['connected'],
  accountId: string,
): Promise<string[]> {
  return (await connected.receipts.list({ accountId, limit: 10 })).map(({ jws }) => jws);
}
