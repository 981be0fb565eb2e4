import nodemailer from 'nodemailer';

import type { Logger } from './logger.ts';

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
  close(): void;
}

const TIMEOUT_MS = 15_000;

/** Sends through SMTP over a few kept connections. `from` as in a From header. */
export function createSmtpTransport(options: { url: string; from: string }): MailTransport {
  const transport = nodemailer.createTransport(
    {
      url: options.url,
      pool: true,
      maxConnections: 3,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from: options.from, headers: { 'Auto-Submitted': 'auto-generated' } },
  );
  return Object.freeze({
    keepsMails: false,
    send: async ({ to, subject, text, html, messageId }: AddressedMail) => {
      // As an object: in a string, commas and brackets would be read as several addresses.
      await transport.sendMail({ to: { name: '', address: to }, subject, text, html, messageId });
    },
    close: () => transport.close(),
  });
}

/** For development without SMTP: mails stay readable on the outbox page, and a line in the log says what they say. */
export function createOutboxTransport(options: { logger: Logger; pageUrl: string }): MailTransport {
  return Object.freeze({
    keepsMails: true,
    send: async ({ to, subject, highlight }: AddressedMail) => {
      const code = highlight === null ? '' : `: ${highlight}`;
      options.logger.info({}, `Mail to ${to}: "${subject}"${code} (read it at ${options.pageUrl})`);
    },
    close: () => undefined,
  });
}
