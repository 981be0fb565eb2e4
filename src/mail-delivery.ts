import { createMailRenderer } from './authentication/mail-views.ts';
import type { HttpKit } from './http/http-kit.ts';
import {
  type MailDispatcher,
  purgeOutgoingMessages,
  startMailDispatcher,
} from './platform/mail-dispatcher.ts';
import {
  createOutboxTransport,
  createSmtpTransport,
  type MailTransport,
  type RenderedMail,
} from './platform/mail-transport.ts';
import type { MailMessage } from './platform/mailer.ts';
import type { RepeatedTask } from './platform/repeated-tasks.ts';
import type { Connected } from './services.ts';

/** The sending side of the mails, beside the requests. */
export interface MailDelivery {
  readonly renderMail: (message: MailMessage) => RenderedMail;
  readonly dispatcher: MailDispatcher;
  readonly tasks: readonly RepeatedTask[];
}

/** Starts sending: through SMTP when it is configured, else to the outbox page and the log. */
export function startMailDelivery(connected: Connected, kit: HttpKit): MailDelivery {
  const { config, log } = connected;
  const renderMail = createMailRenderer({ ...kit, clock: connected.clock, origin: config.issuer });
  const dispatcher = startMailDispatcher({
    ...connected,
    logger: log,
    transport: transportOf(connected),
    render: renderMail,
    host: new URL(config.issuer).hostname,
  });
  return Object.freeze({
    renderMail,
    dispatcher,
    tasks: [
      { name: 'purge-mails', everySeconds: 3_600, run: () => purgeOutgoingMessages(connected) },
    ],
  });
}

function transportOf({ config, log }: Connected): MailTransport {
  const { smtpUrl, from } = config.mail;
  if (smtpUrl !== null) return createSmtpTransport({ url: smtpUrl, from });
  return createOutboxTransport({ logger: log, pageUrl: `${config.issuer}/outbox` });
}
