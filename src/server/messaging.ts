import { createMailRenderer, createSmsRenderer } from '../authentication/http.ts';
import type { HttpKit } from '../http/http-kit.ts';
import { createMessageDelivery } from '../messaging/deliver-message.ts';
import {
  createSmtpTransport,
  describeMail,
  type RenderedMail,
} from '../messaging/mail-transport.ts';
import { MAIL, SMS } from '../messaging/message.ts';
import type { MessageTransport } from '../messaging/message-transport.ts';
import { createOutboxTransport } from '../messaging/outbox.ts';
import { createHttpSmsTransport, describeSms } from '../messaging/sms-transport.ts';
import type { Connected } from './services.ts';

/** The delivery of mails and text messages, beside the requests. */
export function createMessaging(connected: Connected, kit: HttpKit) {
  const { config, clock } = connected;
  const renderMail = createMailRenderer({ ...kit, clock, origin: config.issuer });
  const renderSms = createSmsRenderer({ ...kit, origin: config.issuer });
  const deliveries = [
    createMessageDelivery({
      ...connected,
      channel: MAIL,
      transport: mailTransport(connected),
      render: renderMail,
    }),
    createMessageDelivery({
      ...connected,
      channel: SMS,
      transport: smsTransport(connected),
      render: renderSms,
    }),
  ];
  return {
    renderMail,
    renderSms,
    jobs: deliveries.flatMap(({ jobs }) => jobs),
    close: () => {
      for (const delivery of deliveries) delivery.close();
    },
  };
}

export type Messaging = ReturnType<typeof createMessaging>;

/** SMTP when it is configured, else the outbox page and the log. */
function mailTransport({ config, log }: Connected): MessageTransport<RenderedMail> {
  const { smtpUrl, from } = config.mail;
  const host = new URL(config.issuer).hostname;
  if (smtpUrl !== null) return createSmtpTransport({ url: smtpUrl, from, host });
  return createOutboxTransport({
    logger: log,
    pageUrl: `${config.issuer}/outbox`,
    describe: describeMail,
  });
}

/** The provider when one is configured, else the outbox page and the log. */
function smsTransport({ config, log }: Connected): MessageTransport<string> {
  const { url, ...settings } = config.sms;
  if (url !== null) return createHttpSmsTransport({ url, ...settings });
  return createOutboxTransport({
    logger: log,
    pageUrl: `${config.issuer}/outbox`,
    describe: describeSms,
  });
}
