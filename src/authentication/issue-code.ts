import { randomBytes, randomInt, randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { fingerprint, keyedIndex } from '../platform/encryption.ts';
import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { type Address, createOneTimeCodeStore, type CodePurpose } from './one-time-code-store.ts';

/** How long a code works. */
export const CODE_LIFE_SECONDS = 600;
/** How long the link beside a code works. */
export const LINK_LIFE_SECONDS = 86_400;
const COOLDOWN_SECONDS = 60;
const DIGITS = 6;
const LINK_BYTES = 32;

export interface IssueCodeInput {
  /** The registration, reset or address this code is for; its earlier codes and links die. */
  readonly flowId: string;
  readonly purpose: CodePurpose;
  readonly accountId: string | null;
  readonly address: Address;
  readonly locale: string;
  /**
   * `code` sends one. `notice` tells the holder of a known address that somebody tried, and `nobody` sends nothing: then no
   * code fits, and the work is the same.
   */
  readonly send: 'code' | 'notice' | 'nobody';
  /** The form field to tell about the cooldown. */
  readonly field: 'email' | 'identifier' | 'code';
}

const TEMPLATES = {
  registration: { code: 'registration-code', notice: 'registration-known' },
  sign_in: { code: 'sign-in-code', notice: 'sign-in-known' },
  password_reset: { code: 'password-reset-code', notice: null },
  attribute: { code: 'attribute-code', notice: 'attribute-known' },
} as const satisfies Record<CodePurpose, { code: string; notice: string | null }>;
// A password is chosen on the page that asked for the code: there is nothing a link could finish.
const HAS_LINK: ReadonlySet<CodePurpose> = new Set(['registration', 'attribute']);

/** What proves one address once: in two forms, where mails can carry a link. */
interface Secrets {
  readonly code: string;
  readonly link: string | null;
}

/**
 * Makes a six-digit code, and for mails a link beside it, and queues what carries them, all in `tx`.
 * @throws AppError `code_cooldown` with `retryAfterSeconds` within a minute of the last code for this address and purpose.
 */
export async function issueCode(
  parts: AuthenticationParts,
  tx: Database,
  input: IssueCodeInput,
): Promise<void> {
  const { flowId, purpose, address } = input;
  const store = createOneTimeCodeStore(tx);
  const addressIndex = parts.vault.indexIdentifier(address);
  const createdAt = parts.clock.now();
  await store.lockAddress(addressIndex);
  refuseTooSoon(await store.lastIssuedAt(addressIndex, purpose), createdAt, input.field);
  await store.killFlow(flowId, createdAt);
  const id = randomUUID();
  const secrets = makeSecrets(input);
  const expiresAt = secondsAfter(createdAt, CODE_LIFE_SECONDS);
  await store.insert({
    id,
    flowId,
    accountId: input.accountId,
    purpose,
    kind: address.kind,
    addressIndex,
    sealedAddress: parts.masterSealer.seal(address.value, addressContext(id)),
    codeIndex: input.send === 'code' ? codeIndex(parts.codeKey, id, secrets.code) : randomBytes(32),
    createdAt,
    expiresAt,
    ...(secrets.link === null
      ? { linkFingerprint: null, linkExpiresAt: null }
      : {
          linkFingerprint:
            input.send === 'code' ? linkFingerprint(secrets.link) : randomBytes(LINK_BYTES),
          linkExpiresAt: secondsAfter(createdAt, LINK_LIFE_SECONDS),
        }),
  });
  await queueMessage(parts, tx, { input, secrets, expiresAt });
}

/** What is stored of a code: bound to its row, so that it fits nowhere else. */
export function codeIndex(key: Buffer, rowId: string, code: string): Buffer {
  return keyedIndex(key, `${rowId}:${code}`);
}

/** What is stored of a link. */
export function linkFingerprint(link: string): Buffer {
  return fingerprint(`confirmation-link:${link}`);
}

/** The place an address is sealed for. */
export function addressContext(rowId: string): string {
  return `one_time_codes:sealed_address:${rowId}`;
}

function makeSecrets({ purpose, address }: IssueCodeInput): Secrets {
  const code = randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0');
  const hasLink = address.kind === 'email' && HAS_LINK.has(purpose);
  return { code, link: hasLink ? randomBytes(LINK_BYTES).toString('base64url') : null };
}

async function queueMessage(
  parts: AuthenticationParts,
  tx: Database,
  { input, secrets, expiresAt }: { input: IssueCodeInput; secrets: Secrets; expiresAt: Date },
): Promise<void> {
  const { address, purpose, send, locale } = input;
  const template = send === 'nobody' ? null : TEMPLATES[purpose][send];
  const { code, link } = secrets;
  const message =
    template === null
      ? null
      : {
          to: address.value,
          template,
          locale,
          values:
            send === 'code'
              ? { code, minutes: CODE_LIFE_SECONDS / 60, ...(link !== null && { link }) }
              : {},
          expiresAt: expiresAt.toISOString(),
        };
  if (address.kind === 'email') await parts.mailer.enqueue(tx, message);
  else await parts.sms.enqueue(tx, message);
}

function refuseTooSoon(lastIssuedAt: Date | null, now: Date, field: string): void {
  if (lastIssuedAt === null) return;
  const waitMs = lastIssuedAt.getTime() + COOLDOWN_SECONDS * 1000 - now.getTime();
  if (waitMs <= 0) return;
  throw new AppError('too_many', 'code_cooldown', {
    retryAfterSeconds: Math.ceil(waitMs / 1000),
    fields: { [field]: 'code_cooldown' },
  });
}

function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
