import { parseDatabaseUrl, parseHttpUrl } from './config-addresses.ts';
import {
  SHORTEST_SECRET,
  integer,
  optional,
  parseKey,
  parseLongText,
  parseMasterKeys,
  parseSecretList,
  parseText,
  secret,
} from './config-values.ts';

/** Keys of this installation, where they are kept, and the service that may hold them. Part of `SETTINGS`. */
export const SECRET_SETTINGS = {
  MASTER_KEYS: secret(
    optional('`version:key` list', parseMasterKeys, {
      fallbackText: 'generated in development; required in production',
      group: 'Secrets',
      description:
        'Keys that wrap every stored key, 32 bytes in base64 each: `2:...,1:...`. The first seals, all open. `consentry keys new` makes one; with `2:kms:...` AWS KMS keeps it closed.',
    }),
  ),
  KEY_STORE_URL: secret(
    optional('URL', parseDatabaseUrl, {
      fallbackText:
        'a second database beside the embedded one, or DATABASE_URL itself; required in production',
      group: 'Secrets',
      description:
        'A second PostgreSQL database, for the keys that a dump of the main one must not hold. Losing it is losing every value: see docs/security.md for its backup.',
    }),
  ),
  KMS_KEY_ID: optional('text', parseText, {
    fallbackText: 'none: the master keys are given in clear',
    group: 'Secrets',
    description:
      'The AWS KMS key (id, ARN or alias) that opens master keys of the form `2:kms:...`. Credentials come from where AWS tools look for them.',
  }),
  KMS_REGION: optional('text', parseText, {
    fallbackText: 'none',
    group: 'Secrets',
    description: 'The AWS region of that key; required with it.',
  }),
  KMS_ENDPOINT: optional('URL', parseHttpUrl, {
    fallbackText: 'that of AWS in the region',
    group: 'Secrets',
    description: 'Another service that speaks the protocol of AWS KMS.',
  }),
  KMS_TRUST_SECONDS: integer(
    { fallback: 300, min: 1, max: 86_400 },
    {
      group: 'Secrets',
      description:
        'How long opened master keys are used while the key service does not answer. When it refuses, they are wiped within half of that time.',
    },
  ),
  BLIND_INDEX_KEY: secret(
    optional('base64', parseKey, {
      fallbackText: 'generated in development; required in production',
      group: 'Secrets',
      description:
        'Finds people by e-mail without storing it in clear: 32 bytes in base64. Changing it makes every sign-in name unfindable.',
    }),
  ),
  COOKIE_KEYS: secret(
    optional('list', parseSecretList, {
      fallbackText: 'generated in development; required in production',
      group: 'Secrets',
      description: `Sign cookies. The first signs, all verify. At least ${String(SHORTEST_SECRET)} characters each.`,
    }),
  ),
  PAIRWISE_SALT: secret(
    optional('text', parseLongText, {
      fallbackText: 'generated in development; required in production',
      group: 'Secrets',
      description:
        'Makes the identifiers that apps with pairwise subjects see. Changing it changes them all.',
    }),
  ),
} as const;
