import { page } from '../http/pages/page.ts';
import { pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import type { RenderedMail } from '../messaging/mail-transport.ts';
import { MAIL, type Message, SMS } from '../messaging/message.ts';
import { listOutbox, type OutboxEntry } from '../messaging/outbox.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';

export interface OutboxRoutesDeps {
  readonly db: Database;
  readonly transientSealer: Sealer;
  readonly renderMail: (message: Message) => RenderedMail;
  readonly renderSms: (message: Message) => string;
}

interface OutboxMessage {
  readonly to: string;
  readonly subject: string;
  readonly code: string | null;
  /** Paragraphs before the code, and after it. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly link: { readonly href: string; readonly label: string } | null;
  readonly isSms: boolean;
  readonly createdAt: Date;
  readonly isWaiting: boolean;
}

export const outboxPage = page<{ readonly mails: readonly OutboxMessage[] }>('mail/outbox.njk');

const LABELLED_LINK = /^([^\n]+): (https?:\/\/\S+)$/;

/**
 * The mails and text messages of a development server. Mount it only in development, because it shows codes to every
 * visitor.
 */
export function outboxRoutes(deps: OutboxRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/outbox',
      access: 'public',
      handle: async () => {
        const mails = (await listOutbox(deps, MAIL)).map((entry) => viewOfMail(deps, entry));
        const texts = (await listOutbox(deps, SMS)).map((entry) => viewOfSms(deps, entry));
        const newestFirst = [...mails, ...texts].toSorted(
          (left, right) => right.createdAt.getTime() - left.createdAt.getTime(),
        );
        return render(outboxPage, { mails: newestFirst });
      },
    }),
  ];
}

function viewOfMail(
  { renderMail }: OutboxRoutesDeps,
  { message, createdAt, sentAt }: OutboxEntry,
): OutboxMessage {
  const { subject, text, highlight } = renderMail(message);
  // Code and link are shown in their own way, and the signature is left out.
  const parts = text.split('\n\n').filter((part) => !part.startsWith('--'));
  const isLink = (part: string): boolean => LABELLED_LINK.test(part);
  const [, label = '', href = ''] = LABELLED_LINK.exec(parts.find(isLink) ?? '') ?? [];
  const codeAt = parts.findIndex((part) => part.trim() === highlight);
  const wordsOf = (some: readonly string[]) => some.filter((part) => !isLink(part));
  return {
    to: message.to,
    subject,
    code: highlight,
    before: wordsOf(codeAt < 0 ? [] : parts.slice(0, codeAt)),
    after: wordsOf(parts.slice(codeAt + 1)),
    link: href === '' ? null : { href, label },
    isSms: false,
    createdAt,
    isWaiting: sentAt === null,
  };
}

function viewOfSms(
  { renderSms }: OutboxRoutesDeps,
  { message, createdAt, sentAt }: OutboxEntry,
): OutboxMessage {
  const { code } = message.values;
  return {
    to: message.to,
    subject: renderSms(message),
    code: code === undefined ? null : String(code),
    before: [],
    after: [],
    link: null,
    isSms: true,
    createdAt,
    isWaiting: sentAt === null,
  };
}
