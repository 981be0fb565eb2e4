import { type Static, Type } from 'typebox';

import { parseHttpUrl, parseSmtpUrl } from './parse-address.ts';
import { parsed } from './setting.ts';

export const MAIL = Type.Object({
  SMTP_URL: Type.Optional(
    parsed(parseSmtpUrl, {
      form: 'URL',
      isSecret: true,
      isRequiredInProduction: true,
      defaultText: 'none: mails are shown on the outbox page and logged',
      description: 'Mail server: `smtp://user:password@host:587` or `smtps://...`.',
    }),
  ),
  MAIL_FROM: Type.String({
    default: 'Consentry <no-reply@localhost>',
    isRequiredInProduction: true,
    description:
      'Sender of all mails: `Name <address>`, or an address alone, to which SERVICE_NAME is added.',
  }),
  MAIL_TEMPLATES_FOLDER: Type.Optional(
    Type.String({
      form: 'folder',
      description:
        'Folder with templates that replace the look of all mails or of one. See [branding](branding.md).',
    }),
  ),
});

export const SMS = Type.Object({
  SMS_URL: Type.Optional(
    parsed(parseHttpUrl, {
      form: 'URL',
      defaultText:
        'none: text messages are shown on the outbox page and logged; in production none are sent, and phones cannot be confirmed',
      description:
        'Address of the SMS provider. Text messages are posted to it as JSON. A 2xx response means that the message was accepted.',
    }),
  ),
  SMS_HEADER: Type.Optional(
    parsed(parseHeader, {
      form: '`Name: value`',
      isSecret: true,
      description:
        'Header that authenticates this server to the SMS provider: `Authorization: Bearer ...`.',
    }),
  ),
  SMS_FROM: Type.String({
    default: 'Consentry',
    description: 'Sender of all text messages: a name or number that the provider permits.',
  }),
  SMS_BODY: parsed(parseJson, {
    form: 'text',
    default: '{"to":"{to}","from":"{from}","text":"{text}","id":"{id}"}',
    description:
      'JSON body of the request to the SMS provider. `{to}`, `{text}`, `{from}` and `{id}` are replaced; the id stays the same when a message is sent again.',
  }),
});

type MessageValues = Static<typeof MAIL> & Static<typeof SMS> & { readonly SERVICE_NAME: string };

/** The part of the configuration about mails and text messages. An address of null stands for the outbox page and the log. */
export function messageConfig(values: MessageValues, isProduction: boolean) {
  const { SMTP_URL: smtpUrl = null, SMS_URL: smsUrl = null } = values;
  return {
    mail: {
      smtpUrl,
      from: senderOf(values),
      templatesFolder: values.MAIL_TEMPLATES_FOLDER ?? null,
    },
    sms: {
      url: smsUrl,
      secretHeader: values.SMS_HEADER ?? null,
      from: values.SMS_FROM,
      body: values.SMS_BODY,
      /** False: text messages are not sent, and phones cannot be confirmed. */
      isOn: smsUrl !== null || !isProduction,
    },
  };
}

/** An address alone gets the name of the service (RFC 5322 §3.4). */
function senderOf({ MAIL_FROM: from, SERVICE_NAME: name }: MessageValues): string {
  return from.includes('<') ? from : `"${name}" <${from}>`;
}

function parseHeader(value: string): { readonly name: string; readonly value: string } {
  const [, name, rest] = /^([A-Za-z0-9-]+):\s*(\S.*)$/.exec(value) ?? [];
  if (name === undefined || rest === undefined) throw new Error('must look like "Name: value"');
  return { name, value: rest };
}

function parseJson(value: string): string {
  try {
    JSON.parse(value);
    return value;
  } catch (cause) {
    throw new Error('must be JSON', { cause });
  }
}
