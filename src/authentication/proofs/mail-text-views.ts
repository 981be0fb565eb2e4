import type { Message } from '../../messaging/message.ts';
import type { MailModel } from './own-mail-templates-views.ts';

/** Inserts values of the message into the path. */
export function pathOf(path: string, values: Message['values']): string {
  return path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(String(values[name] ?? '')),
  );
}

/** The mail as plain text. */
export function textOf({ before, code, after, link, origin, service }: MailModel): string {
  const paragraphs = [...before];
  if (code !== null) paragraphs.push(`    ${code}`);
  paragraphs.push(...after);
  if (link !== null) paragraphs.push(`${link.label}: ${link.href}`);
  paragraphs.push(`--\n${service}, ${origin}`);
  return `${paragraphs.join('\n\n')}\n`;
}
