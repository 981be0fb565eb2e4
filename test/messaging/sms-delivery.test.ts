import { expect } from 'chai';

import { createSmsRenderer } from '../../src/authentication/proofs/sms-views.ts';
import { createHttpKit } from '../../src/http/http-kit.ts';
import { startJobRunner } from '../../src/platform/jobs/job-runner.ts';
import { createLogger, type Logger } from '../../src/platform/logger.ts';
import {
  createMessageDelivery,
  type DeliveryContext,
  deliverMessage,
  purgeMessages,
} from '../../src/messaging/deliver-message.ts';
import { SMS as CHANNEL } from '../../src/messaging/message.ts';
import { type MessageTransport, RefusedMessage } from '../../src/messaging/message-transport.ts';
import { createOutboxTransport, listOutbox } from '../../src/messaging/outbox.ts';
import { createHttpSmsTransport, describeSms } from '../../src/messaging/sms-transport.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startSmsProvider, type SmsProvider } from './sms-provider.ts';
import { waitFor } from '../support/wait-for.ts';
import { translator } from '../support/translations.ts';

const SMS = {
  to: '+442079460018',
  template: 'attribute-code',
  locale: 'en',
  values: { code: '042317', minutes: 10 },
} as const;
const SECRET = 'Bearer the-key-of-the-provider';

describe('text messages', () => {
  let database: TestDatabase;
  let connected: Connected;
  let provider: SmsProvider;
  const clock = settableClock();
  beforeEach(async () => {
    provider = await startSmsProvider();
    database = await createTestDatabase();
    connected = await connect(testConfig(database.url), { clock });
  });
  afterEach(async () => {
    await connected.close();
    await database.drop();
    await provider.stop();
  });

  const enqueue = (message: Parameters<Connected['sms']['enqueue']>[1]) =>
    connected.db.transaction((tx) => connected.sms.enqueue(tx, message));
  const transportTo = (options: { body?: string; timeoutMs?: number } = {}) =>
    createHttpSmsTransport({
      url: `${provider.url}/send`,
      secretHeader: { name: 'Authorization', value: SECRET },
      from: 'Consentry',
      body: '{"to":"{to}","from":"{from}","text":"{text}","id":"{id}"}',
      ...options,
    });
  const contextWith = (
    transport: MessageTransport<string>,
    log: Logger = silent,
  ): DeliveryContext<string> => ({
    ...connected,
    channel: CHANNEL,
    clock,
    log,
    transport,
    recovery: { noteOutage: () => undefined, noteSuccess: () => Promise.resolve() },
    render: createSmsRenderer({ ...kitOf(connected), origin: 'https://id.example.org' }),
  });
  const rows = () =>
    connected.db.query<{ id: string; state: string; last_error: string | null; kept: number }>({
      name: 'test-outgoing-sms',
      text: `select id, last_error, length(sealed_message) as kept,
               case when sent_at is not null then 'sent' when failed_at is not null then 'failed'
                 else 'waiting' end as state
             from outgoing_sms order by created_at`,
    });
  const attempt = async (transport: MessageTransport<string>, isLastAttempt = false) => {
    const [row] = await rows();
    const job = { signal: new AbortController().signal, attempt: 1, isLastAttempt };
    return deliverMessage(contextWith(transport), { id: row?.id ?? '', job }).then(
      () => null,
      (error: unknown) => error as Error,
    );
  };

  it('are sent to the provider by a job, once, in the reader’s language, with only the configured secret', async () => {
    const runner = await startJobRunner({
      url: database.url,
      kinds: createMessageDelivery({ ...connected, ...contextWith(transportTo()) }).jobs,
      log: silent,
    });
    await enqueue({ ...SMS, locale: 'ru' });
    await waitFor('it was sent', async () => (await rows())[0]?.state === 'sent', 10_000);
    await runner.stop();
    const [request, ...more] = await provider.received();
    expect(more).to.have.length(0);
    expect([request?.method, request?.path]).to.deep.equal(['POST', '/send']);
    expect(request?.headers).to.include({
      authorization: SECRET,
      'content-type': 'application/json',
    });
    const [row] = await rows();
    expect(JSON.parse(request?.body ?? '')).to.deep.equal({
      to: SMS.to,
      from: 'Consentry',
      text: '042317 — код для подтверждения этого номера. Срок действия: 10 мин. Никому его не сообщайте. Consentry, id.example.org',
      id: row?.id,
    });
    expect(row?.kept).to.equal(0);
  });

  it('have the configured format, with any characters in the values', async () => {
    const body =
      '{"messages":[{"destinations":[{"to":"{to}"}],"content":{"text":"{text} "}}],"n":1}';
    const transport = transportTo({ body });
    const text = 'a "quoted" {to} line\nand \\ more';
    const { signal } = new AbortController();
    await transport.send({ to: SMS.to, content: text, messageId: 'x', signal });
    const [request] = await provider.received();
    expect(JSON.parse(request?.body ?? '')).to.deep.equal({
      messages: [{ destinations: [{ to: SMS.to }], content: { text: `${text} ` } }],
      n: 1,
    });
  });

  it('are sent again with the same id when the provider fails, and its answer is not stored', async () => {
    await enqueue(SMS);
    for (const status of [500, 503, 429, 408]) {
      await provider.answerWith(status);
      const failure = await attempt(transportTo());
      expect(failure?.message).to.equal(`the provider answered ${String(status)}`);
      expect(await rows()).to.have.nested.property('[0].state', 'waiting');
    }
    await provider.answerWith(200);
    expect(await attempt(transportTo())).to.equal(null);
    const ids = (await provider.received()).map(
      ({ body }) => (JSON.parse(body) as { id: string }).id,
    );
    expect(ids).to.have.length(5);
    expect(new Set(ids).size).to.equal(1);
  });

  it('fail when the provider refuses them or redirects, or when the last attempt fails', async () => {
    for (const [status, isLast] of [
      [400, false],
      [401, false],
      [307, false],
      [500, true],
    ] as const) {
      await connected.db.query({ name: 'test-clear-sms', text: 'delete from outgoing_sms' });
      await enqueue(SMS);
      await provider.answerWith(status);
      expect(await attempt(transportTo(), isLast), String(status)).to.equal(null);
      const [row] = await rows();
      expect([row?.state, row?.kept, row?.last_error]).to.deep.equal([
        'failed',
        0,
        `the provider answered ${String(status)}`,
      ]);
    }
    expect((await provider.received()).map(({ path }) => path)).to.not.include('/elsewhere');
  });

  it('do not wait for a provider that does not answer or cannot be reached', async () => {
    await enqueue(SMS);
    await provider.answerWith('silence');
    const late = await attempt(transportTo({ timeoutMs: 200 }));
    expect(late?.message).to.equal('no answer in time');
    expect(late).to.not.be.instanceOf(RefusedMessage);
    const nobody = createHttpSmsTransport({
      url: 'http://127.0.0.1:9/send',
      secretHeader: null,
      from: '',
      body: '{}',
    });
    const gone = await attempt(nobody);
    expect(gone?.message).to.equal('the provider cannot be reached');
  });

  it('are not sent after their code has expired, or without a recipient', async () => {
    await enqueue({ ...SMS, expiresAt: new Date(clock.now().getTime() - 1).toISOString() });
    expect(await attempt(transportTo())).to.equal(null);
    expect((await rows())[0]?.last_error).to.equal('too late to be of use');
    await connected.db.query({ name: 'test-clear-sms', text: 'delete from outgoing_sms' });
    await enqueue(null);
    expect(await attempt(transportTo())).to.equal(null);
    expect(await rows()).to.have.length(0);
    expect(await provider.received()).to.have.length(0);
  });

  it('without a provider are shown in the outbox', async () => {
    const lines: string[] = [];
    const noting = { ...silent, info: (_: object, message: string) => void lines.push(message) };
    await enqueue(SMS);
    await attempt(
      createOutboxTransport<string>({
        logger: noting,
        pageUrl: 'http://localhost/outbox',
        describe: describeSms,
      }),
    );
    const [entry] = await listOutbox(connected, CHANNEL);
    expect(entry?.message).to.deep.equal(SMS);
    expect(lines[0]).to.include('042317').and.include(SMS.to).and.include('/outbox');
  });

  it('are deleted after a week', async () => {
    await enqueue(SMS);
    clock.advance(7 * 86_400 - 1);
    expect(await purgeMessages({ ...connected, clock, channel: CHANNEL })).to.equal(0);
    clock.advance(2);
    expect(await purgeMessages({ ...connected, clock, channel: CHANNEL })).to.equal(1);
  });
});

const silent = createLogger({ level: 'silent' });

function kitOf({ config }: Connected) {
  return createHttpKit({
    logger: silent,
    translator,
    settings: {
      issuer: config.issuer,
      trustedProxies: [],
      isDevelopment: true,
      cookieSecrets: [Buffer.from(config.secrets.cookieKeys[0] ?? '')],
      clock: settableClock(),
    },
    describeViewer: () => Promise.resolve({ name: '', picture: null, isAdministrator: false }),
  });
}
