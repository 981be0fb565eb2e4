import { type Static, Type } from 'typebox';

import { developmentSecrets } from './development-secrets.ts';
import { parseDatabaseUrl, parseHttpUrl } from './parse-address.ts';
import {
  parseKey,
  parseLongText,
  parseMasterKeys,
  parsePeppers,
  parseSecretList,
  SHORTEST_SECRET,
} from './parse-secret.ts';
import { parsed, wholeNumber } from './setting.ts';

const SECRET = { isSecret: true, isRequiredInProduction: true } as const;
const GENERATED = { ...SECRET, defaultText: 'generated in development' } as const;

export const SECRETS = Type.Object({
  MASTER_KEYS: Type.Optional(
    parsed(parseMasterKeys, {
      ...GENERATED,
      form: '`version:key` list',
      description:
        'Keys that encrypt every stored key, 32 bytes in base64 each: `2:...,1:...`. The first encrypts, all decrypt. `consentry keys new` creates one. A key of the form `2:kms:...` is encrypted by AWS KMS.',
    }),
  ),
  KEY_STORE_URL: Type.Optional(
    parsed(parseDatabaseUrl, {
      ...SECRET,
      form: 'URL',
      defaultText: 'a second database beside the embedded one, or DATABASE_URL itself',
      description:
        'Second PostgreSQL database, for the keys that a dump of the main database must not contain. Without it no value can be decrypted: docs/security.md describes its backup.',
    }),
  ),
  KMS_KEY_ID: Type.Optional(
    Type.String({
      defaultText: 'none: the master keys are not encrypted',
      description:
        'AWS KMS key (id, ARN or alias) that decrypts master keys of the form `2:kms:...`. The credentials come from the usual sources of the AWS SDK.',
    }),
  ),
  KMS_REGION: Type.Optional(
    Type.String({ description: 'AWS region of KMS_KEY_ID; required with it.' }),
  ),
  KMS_ENDPOINT: Type.Optional(
    parsed(parseHttpUrl, {
      form: 'URL',
      defaultText: 'that of AWS in the region',
      description: 'Address of another service with the protocol of AWS KMS.',
    }),
  ),
  KMS_TRUST_SECONDS: wholeNumber(
    [300, 1, 86_400],
    'Maximum time that decrypted master keys stay in use while the key service does not answer. After a refusal they are wiped within half of that time.',
  ),
  BLIND_INDEX_KEY: Type.Optional(
    parsed(parseKey, {
      ...GENERATED,
      form: 'base64',
      description:
        'Key of the index that finds accounts by e-mail address without storing it in clear: 32 bytes in base64. After a change no account is found by its sign-in name.',
    }),
  ),
  PASSWORD_PEPPER: Type.Optional(
    parsed(parsePeppers, {
      isSecret: true,
      form: '`version:key` list',
      defaultText: 'none: passwords are hashed without a secret',
      description:
        'Secrets with which passwords are hashed, 32 bytes in base64 each: `2:...,1:...`. A dump of the database does not suffice to guess passwords then. The first is for new hashes, all verify; other hashes are renewed at the next sign-in. `none` in the first place ends the use. Without a secret that is in use, no node starts: docs/security.md describes the rotation.',
    }),
  ),
  COOKIE_KEYS: Type.Optional(
    parsed(parseSecretList, {
      ...GENERATED,
      form: 'comma-separated list',
      description: `Keys that sign cookies, at least ${String(SHORTEST_SECRET)} characters each. The first signs, all verify.`,
    }),
  ),
  PAIRWISE_SALT: Type.Optional(
    parsed(parseLongText, {
      ...GENERATED,
      description:
        'Salt of the subject identifiers of clients with pairwise subjects. A change changes all these identifiers.',
    }),
  ),
  SIGNING_KEY_DAYS: wholeNumber(
    [90, 0, 3650],
    'Days until a signing key gets a successor. The successor is published for an hour before it signs, and the old key still verifies. 0: only `consentry keys signing rotate` replaces keys.',
  ),
});

type SecretValues = Static<typeof SECRETS>;

/** The part of the configuration about keys. A `keyStoreUrl` of null stands for the database beside the main one. */
export function secretConfig(values: SecretValues, dataFolder: string) {
  return {
    keyStoreUrl: values.KEY_STORE_URL ?? null,
    secrets: secretsOf(values, dataFolder),
    keyService: keyServiceOf(values),
    /** 0: keys are rotated by command only. */
    signingKeyDays: values.SIGNING_KEY_DAYS,
  };
}

function secretsOf(values: SecretValues, dataFolder: string) {
  const { MASTER_KEYS, BLIND_INDEX_KEY, COOKIE_KEYS, PAIRWISE_SALT } = values;
  const given = [MASTER_KEYS, BLIND_INDEX_KEY, COOKIE_KEYS, PAIRWISE_SALT];
  const generated = given.includes(undefined) ? developmentSecrets(dataFolder) : null;
  return {
    /** The first seals, all open. */
    masterKeys: MASTER_KEYS ?? parseMasterKeys(generated?.masterKeys ?? ''),
    blindIndexKey: BLIND_INDEX_KEY ?? parseKey(generated?.blindIndexKey ?? ''),
    cookieKeys: COOKIE_KEYS ?? parseSecretList(generated?.cookieKey ?? ''),
    passwordPeppers: pepperOf(values),
    pairwiseSalt: PAIRWISE_SALT ?? parseLongText(generated?.pairwiseSalt ?? ''),
  };
}

function pepperOf({ PASSWORD_PEPPER: peppers }: SecretValues) {
  return peppers ?? { current: null, keys: [] };
}

/** The key service that decrypts the master keys; null: they are not encrypted. */
function keyServiceOf(values: SecretValues) {
  const { KMS_KEY_ID: keyId, KMS_REGION: region, KMS_ENDPOINT: endpoint = null } = values;
  if (keyId === undefined || region === undefined) return null;
  return { keyId, region, endpoint, trustSeconds: values.KMS_TRUST_SECONDS };
}
