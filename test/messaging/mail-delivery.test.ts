import { expect } from 'chai';

import { createMailRenderer } from '../../src/authentication/proofs/mail-views.ts';
import { createHttpKit } from '../../src/http/http-kit.ts';
import {
  type DeliveryContext,
  deliverMessage,
  purgeMessages,
} from '../../src/messaging/deliver-message.ts';
import { type JobRunner, startJobRunner } from '../../src/platform/jobs/job-runner.ts';
import {
  createSmtpTransport,
  describeMail,
  type RenderedMail,
} from '../../src/messaging/mail-transport.ts';
import { MAIL } from '../../src/messaging/message.ts';
import type { MessageTransport } from '../../src/messaging/message-transport.ts';
import { createOutboxTransport, listOutbox } from '../../src/messaging/outbox.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { waitFor } from '../support/wait-for.ts';
import { settableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { type MailCatcher, startSmtp } from '../support/servers/smtp.ts';
import { translator } from '../support/translations.ts';

const CODE_MAIL = {
  to: 'ana@example.org',
  template: 'registration-code',
  locale: 'en',
  values: { code: '042317', minutes: 10 },
} as const;

const NO_RECOVERY = { noteOutage: () => undefined, noteSuccess: () => Promise.resolve() };

describe('mails', () => {
  let database: TestDatabase;
  let connected: Connected;
  let smtp: MailCatcher;
  const clock = settableClock();
  before(async () => {
    smtp = await startSmtp();
  });
  after(() => smtp.stop());
  beforeEach(async () => {
    database = await createTestDatabase();
    connected = await connect(testConfig(database.url), { clock });
  });
  afterEach(async () => {
    await connected.close();
    await database.drop();
  });

  const enqueue = (message: Parameters<Connected['mailer']['enqueue']>[1]) =>
    connected.db.transaction((tx) => connected.mailer.enqueue(tx, message));
  const contextWith = (
    transport: MessageTransport<RenderedMail>,
  ): DeliveryContext<RenderedMail> => ({
    ...connected,
    channel: MAIL,
    transport,
    recovery: NO_RECOVERY,
    render: createMailRenderer({ ...kitOf(connected), clock, origin: 'https://id.example.org' }),
  });
  const startSending = (transport: MessageTransport<RenderedMail>): Promise<JobRunner> => {
    const context = contextWith(transport);
    return startJobRunner({
      url: database.url,
      log: createLogger({ level: 'silent' }),
      kinds: [
        {
          name: MAIL.sendJob,
          run: ({ id }, job) => deliverMessage(context, { id: String(id), job }),
        },
      ],
    });
  };
  const smtpTransport = () =>
    createSmtpTransport({
      url: smtp.url,
      from: 'Consentry <no-reply@id.example.org>',
      host: 'id.example.org',
    });

  it('are sent through a real mail server, as text and HTML, in the reader’s language', async () => {
    const sending = await startSending(smtpTransport());
    await enqueue(CODE_MAIL);
    await enqueue({ ...CODE_MAIL, to: 'boris@example.org', locale: 'ru' });
    const english = await smtp.waitFor(({ to }) => to === 'ana@example.org');
    const russian = await smtp.waitFor(({ to }) => to === 'boris@example.org');
    await sending.stop();
    expect(english.subject).to.equal('042317 is your code');
    expect(english.from).to.equal('no-reply@id.example.org');
    expect(english.text).to.include('042317').and.include('https://id.example.org');
    expect(english.html).to.include('042317').and.include('lang="en"');
    expect(russian.subject).to.equal('042317 — ваш код');
    expect(russian.html).to.include('lang="ru"');
  });

  it('start their job at once, without waiting for the next poll', async () => {
    const sending = await startSending(smtpTransport());
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    const start = performance.now();
    await enqueue({ ...CODE_MAIL, to: 'soon@example.org' });
    await smtp.waitFor(({ to }) => to === 'soon@example.org');
    await sending.stop();
    // The library polls every 30 s.
    expect(performance.now() - start).to.be.below(15_000);
  });

  it('are not sent when the transaction rolls back, nor twice by two nodes', async () => {
    const to = 'twice@example.org';
    await connected.db
      .transaction(async (tx) => {
        await connected.mailer.enqueue(tx, { ...CODE_MAIL, to: 'never@example.org' });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    for (let count = 0; count < 6; count += 1) {
      await enqueue({ ...CODE_MAIL, to, values: { code: String(count), minutes: 10 } });
    }
    const nodes = await Promise.all([1, 2, 3].map(() => startSending(smtpTransport())));
    await smtp.waitFor((mail) => mail.to === to && mail.subject.startsWith('5'));
    for (const node of nodes) await node.stop();
    const subjects = smtp.messages.filter((mail) => mail.to === to).map((mail) => mail.subject);
    expect(subjects).to.have.length(6);
    expect(new Set(subjects).size).to.equal(6);
    expect(smtp.messages.some((mail) => mail.to === 'never@example.org')).to.equal(false);
  });

  it('wait while the mail server is unavailable, and are sent with one Message-ID afterwards', async () => {
    const seen: string[] = [];
    let isAway = true;
    const transport: MessageTransport<RenderedMail> = {
      keepsMessages: false,
      send: async ({ messageId }) => {
        seen.push(messageId);
        if (isAway) throw Object.assign(new Error('550 ana@example.org'), { code: 'ECONNECTION' });
      },
      isOutage: () => true,
      close: () => undefined,
    };
    await enqueue(CODE_MAIL);
    const [row] = await connected.db.query<{ id: string }>({
      name: 'test-id',
      text: 'select id from outgoing_messages',
    });
    const attempt = (isLastAttempt: boolean) =>
      deliverMessage(contextWith(transport), {
        id: row?.id ?? '',
        job: { isLastAttempt, attempt: 1, signal: new AbortController().signal },
      });
    expect(await attempt(false).catch((error: Error) => error)).to.be.instanceOf(Error);
    expect(await attempt(false).catch((error: Error) => error)).to.be.instanceOf(Error);
    expect((await rows())[0]?.last_error).to.equal('ECONNECTION');
    isAway = false;
    await attempt(false);
    // A later attempt finds nothing to send.
    await attempt(false);
    expect(seen).to.have.length(3);
    expect(new Set(seen).size).to.equal(1);
    expect(await rows()).to.deep.equal([{ is_sent: true, kept: 0, last_error: null }]);
  });

  it('are not sent after their code has expired', async () => {
    const expiresAt = new Date(clock.now().getTime() + 600_000).toISOString();
    await enqueue({ ...CODE_MAIL, to: 'late@example.org', expiresAt });
    clock.advance(601);
    const sending = await startSending(smtpTransport());
    await waitFor('the row', async () => (await rows())[0]?.last_error !== null, 5_000);
    await sending.stop();
    expect(smtp.messages.some(({ to }) => to === 'late@example.org')).to.equal(false);
  });

  it('without a recipient are not sent and leave no content', async () => {
    await enqueue(null);
    const sending = await startSending(smtpTransport());
    await waitFor('the row', async () => (await rows()).length === 0, 5_000);
    await sending.stop();
  });

  it('without a mail server are shown in the outbox, newest first, with their codes', async () => {
    const logger = createLogger({ level: 'silent' });
    const lines: string[] = [];
    const noting = {
      ...logger,
      info: (_fields: object, message: string) => void lines.push(message),
    };
    const transport = createOutboxTransport<RenderedMail>({
      logger: noting,
      pageUrl: 'http://localhost/outbox',
      describe: describeMail,
    });
    const sending = await startSending(transport);
    await enqueue(CODE_MAIL);
    clock.advance(1);
    await enqueue({ ...CODE_MAIL, to: 'second@example.org' });
    await enqueue(null);
    await waitFor(
      'the row',
      async () => (await rows()).filter(({ is_sent }) => is_sent).length === 2,
      5_000,
    );
    await sending.stop();
    const entries = await listOutbox(connected, MAIL);
    expect(entries.map(({ message }) => message.to)).to.deep.equal([
      'second@example.org',
      'ana@example.org',
    ]);
    expect(lines[0]).to.include('042317').and.include('ana@example.org').and.include('/outbox');
  });

  it('are deleted a week after they were sent', async () => {
    await enqueue(CODE_MAIL);
    const sending = await startSending(smtpTransport());
    await waitFor('the row', async () => (await rows())[0]?.is_sent === true, 5_000);
    await sending.stop();
    expect(await purgeMessages({ ...connected, channel: MAIL })).to.equal(0);
    clock.advance(7 * 86_400 + 1);
    expect(await purgeMessages({ ...connected, channel: MAIL })).to.equal(1);
  });

  it('can be rendered for each template, in both languages', () => {
    const render = createMailRenderer({
      ...kitOf(connected),
      clock,
      origin: 'https://id.example.org',
    });
    const values = { code: '1', minutes: 10, ip: '::1', device: '<b>', address: 'a@b.example' };
    const templates =
      'registration-code registration-known password-reset-code password-changed attribute-code ' +
      'attribute-known sign-in-paused new-device email-added email-removed';
    for (const template of templates.split(' ')) {
      for (const locale of ['en', 'ru']) {
        const mail = render({ to: 'x@y.example', template, locale, values });
        expect(mail.subject, template).to.not.match(/\{|\.subject/);
        expect(mail.text, template).to.not.match(/\{\{|undefined/);
        expect(mail.html, template).to.not.include('<b>');
      }
    }
  });

  async function rows(): Promise<{ is_sent: boolean; kept: number; last_error: string | null }[]> {
    return connected.db.query({
      name: 'test-rows',
      text: `select sent_at is not null as is_sent, length(sealed_message) as kept, last_error
             from outgoing_messages`,
    });
  }
});

function kitOf({ config, clock, log }: Connected): ReturnType<typeof createHttpKit> {
  return createHttpKit({
    logger: log,
    translator,
    settings: {
      issuer: config.issuer,
      trustedProxies: [],
      isDevelopment: true,
      cookieSecrets: [Buffer.alloc(32, 1)],
      clock,
    },
    describeViewer: () => Promise.resolve({ name: '', picture: null, isAdministrator: false }),
  });
}
