import nodemailer from 'nodemailer';

import type { Logger } from '../platform/logger.ts';

/** A mail as it goes out. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The one thing to read in it, when there is one: a code. For the development log. */
  readonly highlight: string | null;
}

export interface AddressedMail extends RenderedMail {
  readonly to: string;
  /** The same at every attempt, so that a receiver can drop a second copy. */
  readonly messageId: string;
}

/** Takes mails away. */
export interface MailTransport {
  /** True when mails do not leave: they are kept for the outbox page. */
  readonly keepsMails: boolean;
  /** @throws Error when it was not taken. */
  send(mail: AddressedMail): Promise<void>;
  /** Connects and signs in, without a mail. @throws Error while mails would not be taken. */
  verify(): Promise<void>;
  close(): void;
}

export interface SmtpOptions {
  readonly url: string;
  /** As in a From header. */
  readonly from: string;
  /** For one mail in all, from the wait for a connection to the server's last answer. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** Sends through SMTP over a few kept connections. */
export function createSmtpTransport(options: SmtpOptions): MailTransport {
  const { timeoutMs = TIMEOUT_MS } = options;
  const transport = nodemailer.createTransport(
    {
      url: options.url,
      pool: true,
      maxConnections: 3,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from: options.from, headers: { 'Auto-Submitted': 'auto-generated' } },
  );
  return Object.freeze({
    keepsMails: false,
    send: async ({ to, subject, text, html, messageId }: AddressedMail) => {
      await transport.sendMail({
        // As an object: in a string, commas and brackets would be read as several addresses.
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId,
        // Takes the mail out of the pool or cuts its connection, so that it cannot leave after its attempt has ended.
        signal: AbortSignal.timeout(timeoutMs),
      });
    },
    verify: async () => {
      await transport.verify();
    },
    close: () => transport.close(),
  });
}

const OF_ONE_MAIL = /^(?:EENVELOPE|EMESSAGE)\b(?! 421$)/;

/**
 * Did a mail wait because of the mail server, and not because of its own address or content?
 * @param reason the result of `reasonOf` for an error of {@link MailTransport.send}.
 */
export function isMailOutage(reason: string): boolean {
  return !OF_ONE_MAIL.test(reason);
}

/** For development without SMTP: mails stay readable on the outbox page, and their text is logged. */
export function createOutboxTransport(options: { logger: Logger; pageUrl: string }): MailTransport {
  return Object.freeze({
    keepsMails: true,
    send: async ({ to, subject, highlight }: AddressedMail) => {
      const code = highlight === null ? '' : `: ${highlight}`;
      options.logger.info({}, `Mail to ${to}: "${subject}"${code} (read it at ${options.pageUrl})`);
    },
    verify: () => Promise.resolve(),
    close: () => undefined,
  });
}
