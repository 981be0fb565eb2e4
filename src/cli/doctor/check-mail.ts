import { createSmtpTransport } from '../../messaging/mail-transport.ts';
import { type Finding, Wrong } from './check.ts';

const TIMEOUT_MS = 5_000;

/** Connects, negotiates TLS and signs in, but sends no mail. */
export async function checkMail(mail: {
  readonly smtpUrl: string;
  readonly from: string;
}): Promise<Finding> {
  const { host } = new URL(mail.smtpUrl);
  const transport = createSmtpTransport({
    url: mail.smtpUrl,
    from: mail.from,
    host: 'localhost',
    timeoutMs: TIMEOUT_MS,
  });
  try {
    await transport.verify();
    return { text: `${host} takes mails` };
  } catch (error) {
    const { code, responseCode } = error as { code?: string; responseCode?: number };
    const reason = [code, responseCode].filter((part) => part !== undefined).join(' ');
    const cure =
      code === 'EAUTH'
        ? 'check user and password in SMTP_URL'
        : 'check SMTP_URL and the mail server';
    throw new Wrong(`${host} does not take mails (${reason === '' ? 'no answer' : reason})`, cure);
  } finally {
    transport.close();
  }
}
