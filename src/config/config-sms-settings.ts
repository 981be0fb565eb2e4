import { list, optional, secret, text } from './config-values.ts';

/** A header with its value. */
export interface SecretHeader {
  readonly name: string;
  readonly value: string;
}

/** Another service whose usernames are checked too. */
export interface UsernameService {
  readonly name: string;
  /** Address with `{username}` in it. */
  readonly url: string;
}

const PLACEHOLDER = '{username}';
const SAMPLE_BODY = '{"to":"{to}","from":"{from}","text":"{text}","id":"{id}"}';

/** Text messages and other requests to external services. Part of `SETTINGS`. */
export const SMS_SETTINGS = {
  SMS_URL: optional('URL', parseHttpUrl, {
    fallbackText:
      'none: text messages go to the outbox page and the log; in production none are sent, and phones cannot be confirmed',
    group: 'SMS',
    description: 'Where text messages are posted to as JSON. Any 2xx answer means taken.',
  }),
  SMS_HEADER: secret(
    optional('`Name: value`', parseHeader, {
      fallbackText: 'none',
      group: 'SMS',
      description:
        'A header that proves to the SMS provider who we are: `Authorization: Bearer ...`.',
    }),
  ),
  SMS_FROM: text('Consentry', {
    group: 'SMS',
    description: 'Sender of all text messages: a name or number your provider lets you use.',
  }),
  SMS_BODY: text(SAMPLE_BODY, {
    group: 'SMS',
    description:
      'The JSON that is posted. `{to}`, `{text}`, `{from}` and `{id}` are put in; the id is the same when a message is tried again.',
  }),
  USERNAME_SERVICES: list(parseUsernameService, {
    group: 'Accounts',
    description:
      'Other services to ask whether a username is free there, for information: `Name=https://api.example/users/{username}`. 404 means free, 2xx taken, anything else unknown.',
  }),
} as const;

/** Can it be read as JSON? */
export function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function parseHttpUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error('must be an http or https URL');
  }
  return value;
}

function parseHeader(value: string): SecretHeader {
  const [, name, rest] = /^([A-Za-z0-9-]+):\s*(\S.*)$/.exec(value) ?? [];
  if (name === undefined || rest === undefined) throw new Error('must look like `Name: value`');
  return { name, value: rest };
}

function parseUsernameService(value: string): UsernameService {
  const [, name, url] = /^([^=]{1,40})=(.+)$/.exec(value) ?? [];
  const isGood =
    name !== undefined &&
    url?.includes(PLACEHOLDER) === true &&
    URL.canParse(url.replace(PLACEHOLDER, 'x')) &&
    /^https?:$/.test(new URL(url.replace(PLACEHOLDER, 'x')).protocol);
  if (!isGood) throw new Error(`must hold entries like Name=https://host/users/${PLACEHOLDER}`);
  return { name: name.trim(), url };
}
