import { randomBytes, randomInt, randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { keyedIndex } from '../platform/encryption.ts';
import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { createOneTimeCodeStore, type CodePurpose } from './one-time-code-store.ts';

/** How long a code works. */
export const CODE_LIFE_SECONDS = 600;
const COOLDOWN_SECONDS = 60;
const DIGITS = 6;

export interface IssueCodeInput {
  /** The registration, reset or address this code is for; its earlier codes die. */
  readonly flowId: string;
  readonly purpose: CodePurpose;
  readonly accountId: string | null;
  readonly email: string;
  readonly locale: string;
  /**
   * `code` mails one. `notice` mails the holder of a known address that somebody tried, and `nobody` mails nothing: then no
   * code fits, and the work is the same.
   */
  readonly send: 'code' | 'notice' | 'nobody';
  /** The form field to tell about the cooldown. */
  readonly field: 'email' | 'code';
}

const TEMPLATES = {
  registration: { code: 'registration-code', notice: 'registration-known' },
  password_reset: { code: 'password-reset-code', notice: null },
  attribute: { code: 'attribute-code', notice: 'attribute-known' },
} as const satisfies Record<CodePurpose, { code: string; notice: string | null }>;

/**
 * Makes a six-digit code and queues its mail, all in `tx`.
 * @throws AppError `code_cooldown` with `retryAfterSeconds` within a minute of the last code for this address and purpose.
 */
export async function issueCode(
  parts: AuthenticationParts,
  tx: Database,
  input: IssueCodeInput,
): Promise<void> {
  const { flowId, purpose, email } = input;
  const store = createOneTimeCodeStore(tx);
  const addressIndex = parts.vault.indexIdentifier({ kind: 'email', value: email });
  const createdAt = parts.clock.now();
  await store.lockAddress(addressIndex);
  refuseTooSoon(await store.lastIssuedAt(addressIndex, purpose), createdAt, input.field);
  await store.killFlow(flowId, createdAt);
  const id = randomUUID();
  const code = randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0');
  const expiresAt = new Date(createdAt.getTime() + CODE_LIFE_SECONDS * 1000);
  await store.insert({
    id,
    flowId,
    accountId: input.accountId,
    purpose,
    addressIndex,
    sealedAddress: parts.masterSealer.seal(email, addressContext(id)),
    codeIndex: input.send === 'code' ? codeIndex(parts.codeKey, id, code) : randomBytes(32),
    createdAt,
    expiresAt,
  });
  const template = input.send === 'nobody' ? null : TEMPLATES[purpose][input.send];
  const message =
    template === null
      ? null
      : {
          to: email,
          template,
          locale: input.locale,
          values: input.send === 'code' ? { code, minutes: CODE_LIFE_SECONDS / 60 } : {},
          expiresAt: expiresAt.toISOString(),
        };
  await parts.mailer.enqueue(tx, message);
}

/** What is stored of a code: bound to its row, so that it fits nowhere else. */
export function codeIndex(key: Buffer, rowId: string, code: string): Buffer {
  return keyedIndex(key, `${rowId}:${code}`);
}

/** The place an address is sealed for. */
export function addressContext(rowId: string): string {
  return `one_time_codes:sealed_address:${rowId}`;
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
