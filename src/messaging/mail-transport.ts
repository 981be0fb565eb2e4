import type { Transporter } from 'nodemailer';

import type { MessageTransport } from './message-transport.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The code in the mail, for the development log; null without one. */
  readonly highlight: string | null;
  /** Images that the HTML shows as `cid:...`. They are parts of the mail, so that opening it notifies no server. */
  readonly images: readonly {
    readonly cid: string;
    readonly contentType: string;
    readonly content: Buffer;
  }[];
}

interface SmtpOptions {
  readonly url: string;
  /** As in a From header. */
  readonly from: string;
  /** Right side of the Message-ID: the host of the public address. */
  readonly host: string;
  /** The time limit of one mail, from the wait for a connection to the last answer of the server. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Refusals of one envelope or one content. 421 closes the connection (RFC 5321, section 3.8). */
const OF_ONE_MAIL = /^(?:EENVELOPE|EMESSAGE)\b(?! 421$)/;

/** Sends by SMTP over a few persistent connections. The library is loaded at the first use. */
export function createSmtpTransport({
  url,
  from,
  host,
  timeoutMs = TIMEOUT_MS,
}: SmtpOptions): MessageTransport<RenderedMail> & { verify(): Promise<void> } {
  let opened: Promise<Transporter> | undefined;
  const open = (): Promise<Transporter> =>
    (opened ??= import('nodemailer').then(({ createTransport }) =>
      createTransport(
        {
          url,
          pool: true,
          maxConnections: 3,
          connectionTimeout: timeoutMs,
          greetingTimeout: timeoutMs,
          socketTimeout: timeoutMs,
          disableFileAccess: true,
          disableUrlAccess: true,
        },
        { from, headers: { 'Auto-Submitted': 'auto-generated' } },
      ),
    ));
  return {
    keepsMessages: false,
    async send({ to, content: { subject, text, html, images }, messageId }) {
      const transport = await open();
      await transport.sendMail({
        // As an object: in a string, commas and brackets would be read as several addresses.
        to: { name: '', address: to },
        subject,
        text,
        html,
        attachments: images.map((image) => ({ ...image, contentDisposition: 'inline' })),
        messageId: `<${messageId}@${host}>`,
        // Removes the mail from the pool or closes its connection, so that it cannot be sent after its attempt has
        // ended.
        signal: AbortSignal.timeout(timeoutMs),
      });
    },
    isOutage: (reason) => !OF_ONE_MAIL.test(reason),
    async verify() {
      const transport = await open();
      await transport.verify();
    },
    close: () => void opened?.then((transport) => transport.close()),
  };
}

/** A mail in one line of the development log. */
export function describeMail(to: string, { subject, highlight }: RenderedMail): string {
  return `Mail to ${to}: "${subject}"${highlight === null ? '' : `: ${highlight}`}`;
}
