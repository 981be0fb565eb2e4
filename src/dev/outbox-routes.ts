import { page } from '../http/pages/page.ts';
import { pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import { listOutbox, type OutboxEntry } from '../messaging/mail-outbox.ts';
import type { RenderedMail } from '../messaging/mail-transport.ts';
import type { MailMessage } from '../messaging/mailer.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { SmsMessage } from '../messaging/sms.ts';
import { listSmsOutbox, type SmsOutboxEntry } from '../messaging/sms-jobs.ts';

export interface OutboxRoutesDeps {
  readonly db: Database;
  readonly transientSealer: Sealer;
  readonly renderMail: (message: MailMessage) => RenderedMail;
  readonly renderSms: (message: SmsMessage) => string;
}

interface OutboxModel {
  readonly mails: readonly {
    readonly to: string;
    readonly subject: string;
    readonly code: string | null;
    readonly paragraphs: readonly string[];
    readonly link: { readonly href: string; readonly label: string } | null;
    readonly isSms: boolean;
    readonly createdAt: Date;
    readonly isWaiting: boolean;
  }[];
}

const outboxPage = page<OutboxModel>('mail/outbox.njk', {
  mails: [
    {
      to: 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org',
      subject: '123456 is your code',
      code: '123456',
      paragraphs: ['Somebody, we hope you, is creating an account.', 'It works for 10 minutes.'],
      link: { href: 'https://id.example.org/confirm/abc', label: 'Confirm this address' },
      isSms: false,
      createdAt: new Date('2026-11-20T12:00:00Z'),
      isWaiting: true,
    },
  ],
});

const LABELLED_LINK = /^([^\n]+): (https?:\/\/\S+)$/;

/** The mails and text messages of a development server. Mount it only there: it shows codes to every visitor. */
export function outboxRoutes(deps: OutboxRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/outbox',
      access: 'public',
      handle: async () => {
        const mails = (await listOutbox(deps)).map((entry) => mailOf(deps, entry));
        const texts = (await listSmsOutbox(deps)).map((entry) => smsOf(deps, entry));
        const newestFirst = [...mails, ...texts].toSorted(
          (left, right) => right.createdAt.getTime() - left.createdAt.getTime(),
        );
        return render(outboxPage, { mails: newestFirst });
      },
    }),
  ];
}

type Shown = OutboxModel['mails'][number];

function mailOf(
  { renderMail }: OutboxRoutesDeps,
  { message, createdAt, sentAt }: OutboxEntry,
): Shown {
  const { subject, text, highlight } = renderMail(message);
  // Without the code and the link, which stand apart, and the signature.
  const parts = text
    .split('\n\n')
    .filter((part) => part.trim() !== highlight && !part.startsWith('--'));
  const isLink = (part: string): boolean => LABELLED_LINK.test(part);
  const [, label = '', href = ''] = LABELLED_LINK.exec(parts.find(isLink) ?? '') ?? [];
  return {
    to: message.to,
    subject,
    code: highlight,
    paragraphs: parts.filter((part) => !isLink(part)),
    link: href === '' ? null : { href, label },
    isSms: false,
    createdAt,
    isWaiting: sentAt === null,
  };
}

function smsOf(
  { renderSms }: OutboxRoutesDeps,
  { message, createdAt, sentAt }: SmsOutboxEntry,
): Shown {
  const { code } = message.values;
  return {
    to: message.to,
    subject: renderSms(message),
    code: code === undefined ? null : String(code),
    paragraphs: [],
    link: null,
    isSms: true,
    createdAt,
    isWaiting: sentAt === null,
  };
}
