import { createSmsRenderer } from '../authentication/proofs/sms-views.ts';
import type { HttpKit } from '../http/http-kit.ts';
import type { JobKind } from '../platform/jobs/jobs.ts';
import { createDeliveryRecovery } from './delivery-recovery.ts';
import { SEND_SMS, type SmsMessage } from './sms.ts';
import { listDelayedSms, smsJobs } from './sms-jobs.ts';
import {
  createHttpSmsTransport,
  createOutboxSmsTransport,
  type SmsTransport,
} from './sms-transport.ts';
import type { Connected } from '../server/services.ts';

/** The sending side of the text messages, beside the requests. */
export interface SmsDelivery {
  readonly renderSms: (message: SmsMessage) => string;
  readonly jobs: readonly JobKind[];
  close(): void;
}

/** Sends to a provider when one is configured, else to the outbox page and the log. */
export function createSmsDelivery(connected: Connected, kit: HttpKit): SmsDelivery {
  const renderSms = createSmsRenderer({ ...kit, origin: connected.config.issuer });
  const recovery = createDeliveryRecovery({
    ...connected,
    jobName: SEND_SMS,
    listDelayed: () => listDelayedSms(connected.db),
  });
  const deps = { ...connected, recovery, transport: transportOf(connected), render: renderSms };
  return Object.freeze({ renderSms, jobs: smsJobs(deps), close: () => recovery.stop() });
}

function transportOf({ config, log }: Connected): SmsTransport {
  const { url, secretHeader, from, body } = config.sms;
  if (url !== null) return createHttpSmsTransport({ url, secretHeader, from, body });
  return createOutboxSmsTransport({ logger: log, pageUrl: `${config.issuer}/outbox` });
}
