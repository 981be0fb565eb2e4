import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

/** One received mail. */
export interface CaughtMail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The name beside the address of the sender. */
  readonly sender: string;
  readonly images: readonly {
    /** With its angle brackets. */
    readonly contentId: string;
    readonly type: string;
    readonly disposition: string;
    readonly content: Buffer;
  }[];
}

/** A real mail server on 127.0.0.1 that stores received mails. */
export interface MailCatcher {
  /** Value of SMTP_URL. */
  readonly url: string;
  /** Received mails, oldest first. */
  readonly messages: readonly CaughtMail[];
  /** Waits for the first matching mail, present or future. Rejects after ten seconds. */
  waitFor(predicate: (mail: CaughtMail) => boolean): Promise<CaughtMail>;
  stop(): Promise<void>;
}

const WAIT_MS = 25_000;

/** Starts a mail catcher. Default: on a free port. */
export async function startSmtp(options: { readonly port?: number } = {}): Promise<MailCatcher> {
  const messages: CaughtMail[] = [];
  const waiting = new Set<() => void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      void readMail(stream, session).then((mail) => {
        messages.push(mail);
        for (const check of waiting) check();
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    messages,
    waitFor: (predicate) => waitForMail(messages, waiting, predicate),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function readMail(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<CaughtMail> {
  const mail = await PostalMime.parse(await buffer(stream));
  return {
    to: session.envelope.rcptTo.map(({ address }) => address).join(', '),
    from: mail.from?.address ?? '',
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    sender: mail.from?.name ?? '',
    images: mail.attachments.map(({ contentId, mimeType, content, disposition }) => ({
      contentId: contentId ?? '',
      type: mimeType,
      disposition: disposition ?? '',
      content: Buffer.from(content as ArrayBuffer),
    })),
  };
}

async function waitForMail(
  messages: readonly CaughtMail[],
  waiting: Set<() => void>,
  predicate: (mail: CaughtMail) => boolean,
): Promise<CaughtMail> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      const found = messages.find(predicate);
      if (found === undefined) return;
      clearTimeout(timer);
      waiting.delete(check);
      resolve(found);
    };
    const timer = setTimeout(() => {
      waiting.delete(check);
      const seen = messages.map(({ to, subject }) => `"${subject}" to ${to}`).join('; ');
      reject(
        new Error(`No such mail within ${String(WAIT_MS / 1000)} s; arrived: ${seen || 'none'}`),
      );
    }, WAIT_MS);
    waiting.add(check);
    check();
  });
}
