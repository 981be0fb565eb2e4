import { createMailRenderer } from '../authentication/proofs/mail-views.ts';
import type { HttpKit } from '../http/http-kit.ts';
import { deliverMail, listDelayedMails, purgeOutgoingMessages } from './deliver-mail.ts';
import { createDeliveryRecovery } from './delivery-recovery.ts';
import type { JobKind } from '../platform/jobs/jobs.ts';
import {
  createOutboxTransport,
  createSmtpTransport,
  type MailTransport,
  type RenderedMail,
} from './mail-transport.ts';
import { type MailMessage, SEND_MAIL } from './mailer.ts';
import type { SmsMessage } from './sms.ts';
import type { Connected } from '../server/services.ts';
import { createSmsDelivery } from './sms-delivery.ts';

/** The sending side of mails and text messages, beside the requests. */
export interface MailDelivery {
  readonly renderMail: (message: MailMessage) => RenderedMail;
  readonly renderSms: (message: SmsMessage) => string;
  readonly jobs: readonly JobKind[];
  close(): void;
}

/** Sends through SMTP when it is configured, else to the outbox page and the log. */
export function createMailDelivery(connected: Connected, kit: HttpKit): MailDelivery {
  const { config, clock } = connected;
  const renderMail = createMailRenderer({ ...kit, clock, origin: config.issuer });
  const transport = transportOf(connected);
  const sms = createSmsDelivery(connected, kit);
  const host = new URL(config.issuer).hostname;
  const recovery = createDeliveryRecovery({
    ...connected,
    jobName: SEND_MAIL,
    listDelayed: () => listDelayedMails(connected.db),
    probe: () => transport.verify(),
  });
  const deps = { ...connected, transport, recovery, render: renderMail, host };
  return Object.freeze({
    renderMail,
    renderSms: sms.renderSms,
    jobs: [
      ...sms.jobs,
      { name: SEND_MAIL, run: ({ id }, job) => deliverMail(deps, { id: String(id), job }) },
      { name: 'purge-mails', schedule: '17 * * * *', run: () => purgeOutgoingMessages(connected) },
    ] satisfies JobKind[],
    close: () => {
      recovery.stop();
      sms.close();
      transport.close();
    },
  });
}

function transportOf({ config, log }: Connected): MailTransport {
  const { smtpUrl, from } = config.mail;
  if (smtpUrl !== null) return createSmtpTransport({ url: smtpUrl, from });
  return createOutboxTransport({ logger: log, pageUrl: `${config.issuer}/outbox` });
}
