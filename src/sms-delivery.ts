import { createSmsRenderer } from './authentication/sms-views.ts';
import type { HttpKit } from './http/http-kit.ts';
import type { JobKind } from './platform/jobs.ts';
import type { SmsMessage } from './platform/sms.ts';
import { smsJobs } from './platform/sms-jobs.ts';
import {
  createHttpSmsTransport,
  createOutboxSmsTransport,
  type SmsTransport,
} from './platform/sms-transport.ts';
import type { Connected } from './services.ts';

/** The sending side of the text messages, beside the requests. */
export interface SmsDelivery {
  readonly renderSms: (message: SmsMessage) => string;
  readonly jobs: readonly JobKind[];
}

/** Sends to a provider when one is configured, else to the outbox page and the log. */
export function createSmsDelivery(connected: Connected, kit: HttpKit): SmsDelivery {
  const renderSms = createSmsRenderer({ ...kit, origin: connected.config.issuer });
  const deps = { ...connected, transport: transportOf(connected), render: renderSms };
  return Object.freeze({ renderSms, jobs: smsJobs(deps) });
}

function transportOf({ config, log }: Connected): SmsTransport {
  const { url, secretHeader, from, body } = config.sms;
  if (url !== null) return createHttpSmsTransport({ url, secretHeader, from, body });
  return createOutboxSmsTransport({ logger: log, pageUrl: `${config.issuer}/outbox` });
}
