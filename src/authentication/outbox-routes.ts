import { page } from '../http/page.ts';
import { pageRoute, render } from '../http/page-route.ts';
import type { AnyRoute } from '../http/route.ts';
import type { Sealer } from '../platform/encryption.ts';
import { listOutbox } from '../platform/mail-outbox.ts';
import type { RenderedMail } from '../platform/mail-transport.ts';
import type { MailMessage } from '../platform/mailer.ts';
import type { Database } from '../platform/postgres.ts';

export interface OutboxRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly renderMail: (message: MailMessage) => RenderedMail;
}

interface OutboxModel {
  readonly mails: readonly {
    readonly to: string;
    readonly subject: string;
    readonly code: string | null;
    readonly paragraphs: readonly string[];
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
      createdAt: new Date('2026-11-20T12:00:00Z'),
      isWaiting: true,
    },
  ],
});

/** The mails of a development server. Mount it only there: it shows codes to anybody. */
export function outboxRoutes(deps: OutboxRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/outbox',
      access: 'public',
      handle: async () => {
        const entries = await listOutbox(deps);
        const mails = entries.map(({ message, createdAt, sentAt }) => {
          const { subject, text, highlight } = deps.renderMail(message);
          // Without the code, which stands apart, and the signature.
          const paragraphs = text
            .split('\n\n')
            .filter((part) => part.trim() !== highlight && !part.startsWith('--'));
          return {
            to: message.to,
            subject,
            code: highlight,
            paragraphs,
            createdAt,
            isWaiting: sentAt === null,
          };
        });
        return render(outboxPage, { mails });
      },
    }),
  ];
}
