import { settableClock, type SettableClock } from '../support/clock.ts';
import type { ConfigChanges } from '../support/config.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { startSmtp, type CaughtMail, type MailCatcher } from '../support/servers/smtp.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';

export const DAY_SECONDS = 86_400;

/** A server that mails, with an administrator who owns an app. */
export interface DeletionScene {
  readonly clock: SettableClock;
  readonly mail: MailCatcher;
  readonly server: TestServer;
  readonly administrator: TestPerson;
  readonly app: ThirdPartyApp;
  /** A person who has let the app have everything. */
  connectedPerson(settings?: Parameters<typeof createPerson>[1]): Promise<ConnectedPerson>;
  /** Deletes on the page, as the person. */
  deleteOnPage(visitor: Visitor): Promise<void>;
  /** The mail of that subject to that person. */
  mailTo(person: TestPerson, subject: string): Promise<CaughtMail>;
  stop(): Promise<void>;
}

export interface ConnectedPerson {
  readonly person: TestPerson;
  readonly visitor: Visitor;
  readonly tokens: Tokens;
}

/** Starts it. */
export async function openDeletionScene(config: ConfigChanges = {}): Promise<DeletionScene> {
  const clock = settableClock(new Date());
  const mail = await startSmtp();
  const server = await startTestServer({
    clock,
    config: {
      mail: { smtpUrl: mail.url, from: 'Consentry <no-reply@consentry.example>' },
      ...config,
    },
  });
  const administrator = await createPerson(server.connected, { isAdministrator: true });
  const app = await registerThirdPartyApp(server, administrator.accountId, { name: 'Bookshop' });
  return {
    clock,
    mail,
    server,
    administrator,
    app,
    connectedPerson: async (settings = {}) => {
      const person = await createPerson(server.connected, {
        ...settings,
        values: { name: ['Anastasia Petrova'], ...settings.values },
      });
      const visitor = visitorAt(server.url);
      const attempt = await app.begin(visitor, {
        scope: 'openid profile email offline_access',
        prompt: 'consent',
      });
      await signIn(visitor, person);
      await visitor.submitForm('button[value=allow]');
      return { person, visitor, tokens: await attempt.finish() };
    },
    deleteOnPage: async (visitor) => {
      await visitor.get(`${server.url}/account/delete`);
      await visitor.submitForm('form[action="/account/delete"]', { confirmation: 'delete' });
    },
    mailTo: (person, subject) =>
      mail.waitFor((message) => message.to.includes(person.email) && message.subject === subject),
    stop: async () => {
      await server.stop();
      await mail.stop();
    },
  };
}
