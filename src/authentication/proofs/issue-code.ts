import { randomBytes, randomInt, randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import { fingerprint, keyedIndex } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { browserOf, type FromBrowser } from '../sign-in/browser.ts';
import { takeMessage } from './limit-messages.ts';
import { createCodeStore } from './code-store.ts';
import type { Address, CodePurpose } from './proof-code.ts';
import { isTrustedBrowser } from '../sign-in/trusted-browser.ts';

/** The time in which a code is valid. */
const CODE_LIFE_SECONDS = 600;
/** The time in which the link in the same mail is valid. */
const LINK_LIFE_SECONDS = 86_400;
const COOLDOWN_SECONDS = 60;
const DIGITS = 6;
const LINK_BYTES = 32;

export interface IssueCodeInput extends FromBrowser {
  /** The registration, reset or address of this code; its earlier codes and links become invalid. */
  readonly flowId: string;
  readonly purpose: CodePurpose;
  readonly accountId: string | null;
  readonly address: Address;
  readonly locale: string;
  /**
   * `code`: a message with a code. `notice`: a message to the reader of the address that explains why there is no code. No
   * page shows the difference, and the server does the same work.
   */
  readonly send: 'code' | 'notice';
  /** The form field that shows the error of the cooldown. */
  readonly field: 'email' | 'identifier' | 'code';
  /** The interaction that the link in the mail continues, if the purpose needs one. */
  readonly interactionUid?: string | null;
}

const TEMPLATES = {
  registration: { code: 'registration-code', notice: 'registration-known' },
  sign_in: { code: 'sign-in-code', notice: 'sign-in-refused' },
  password_reset: { code: 'password-reset-code', notice: 'password-reset-refused' },
  attribute: { code: 'attribute-code', notice: 'attribute-known' },
} as const satisfies Record<CodePurpose, { code: string; notice: string }>;
// These links only continue the action that waits in the browser, as long as the code in the same mail is valid.
const CONTINUES: ReadonlySet<CodePurpose> = new Set(['sign_in', 'password_reset']);
const BETWEEN = '.';

/** `nothing`: the limit of messages to the address is used up. */
type SentCode = Omit<IssueCodeInput, 'send'> & {
  readonly send: IssueCodeInput['send'] | 'nothing';
};

/** A proof of one address that works once: a code, and in mails also a link. */
interface Secrets {
  readonly code: string;
  readonly link: string | null;
}

/**
 * Creates a six-digit code, for mails also a link, and queues the message with both, all in `tx`. More messages to one
 * address than {@link takeMessage} allows are not sent; only a person who is signed in gets an error then.
 * @throws AppError `code_cooldown` with `retryAfterSeconds` within a minute of the last code for this address and purpose;
 *   `too_many_messages` for a code for a new address of one's own.
 */
export async function issueCode(
  ctx: AuthenticationContext,
  tx: Database,
  input: IssueCodeInput,
): Promise<void> {
  const { flowId, purpose, accountId, address } = input;
  const store = createCodeStore(tx);
  const addressIndex = ctx.vault.indexIdentifier(address);
  const createdAt = ctx.clock.now();
  await store.lockAddress(addressIndex);
  const requester = browserOf(input);
  const isTrusted = await isTrustedBrowser(tx, { ...input, purpose, accountId });
  const trusted = isTrusted ? requester : null;
  refuseTooSoon(
    await store.lastIssuedAt({ addressIndex, purpose, trusted }),
    createdAt,
    input.field,
  );
  const isWithin = await takeMessage(ctx, tx, { addressIndex, trusted });
  if (!isWithin && purpose === 'attribute') throw tooManyMessages();
  const send = isWithin ? input.send : 'nothing';
  await store.endFlow(flowId, createdAt);
  const id = randomUUID();
  const secrets = makeSecrets(input);
  const expiresAt = secondsAfter(createdAt, CODE_LIFE_SECONDS);
  await store.insert({
    id,
    flowId,
    accountId,
    purpose,
    kind: address.kind,
    addressIndex,
    sealedAddress: ctx.transientSealer.seal(address.value, addressContext(id)),
    codeIndex: send === 'code' ? codeIndex(ctx.codeKey, id, secrets.code) : randomBytes(32),
    createdAt,
    expiresAt,
    link:
      secrets.link === null
        ? null
        : {
            fingerprint: send === 'code' ? linkFingerprint(secrets.link) : randomBytes(LINK_BYTES),
            expiresAt: CONTINUES.has(purpose)
              ? expiresAt
              : secondsAfter(createdAt, LINK_LIFE_SECONDS),
          },
    requester,
    isRequesterTrusted: isTrusted,
  });
  await queueMessage(ctx, tx, { input: { ...input, send }, secrets, expiresAt });
}

/** The stored digest of a code: bound to its row, so that it is valid for no other one. */
export function codeIndex(key: Buffer, rowId: string, code: string): Buffer {
  return keyedIndex(key, `${rowId}:${code}`);
}

/** The stored digest of a link. */
export function linkFingerprint(link: string): Buffer {
  return fingerprint(`confirmation-link:${link}`);
}

/** The context for which an address is sealed. */
export function addressContext(rowId: string): string {
  return `one_time_codes:sealed_address:${rowId}`;
}

/** The interaction that a link continues; null when it needs none. */
export function interactionOf(link: string): string | null {
  const at = link.indexOf(BETWEEN);
  return at === -1 ? null : link.slice(at + 1);
}

function makeSecrets(input: IssueCodeInput): Secrets {
  const code = randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0');
  return { code, link: makeLink(input) };
}

/** 256 bits and the interaction to continue. The interaction is part of the secret, so that it cannot be replaced. */
function makeLink({ purpose, address, interactionUid }: IssueCodeInput): string | null {
  if (address.kind !== 'email') return null;
  const secret = randomBytes(LINK_BYTES).toString('base64url');
  if (interactionUid == null) return CONTINUES.has(purpose) ? null : secret;
  return `${secret}${BETWEEN}${interactionUid}`;
}

async function queueMessage(
  ctx: AuthenticationContext,
  tx: Database,
  { input, secrets, expiresAt }: { input: SentCode; secrets: Secrets; expiresAt: Date },
): Promise<void> {
  const { address, purpose, send, locale } = input;
  const template = send === 'nothing' ? null : TEMPLATES[purpose][send];
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
  if (address.kind === 'email') await ctx.mailer.enqueue(tx, message);
  else await ctx.sms.enqueue(tx, message);
}

function tooManyMessages(): AppError {
  return new AppError('too_many', 'too_many_messages', { retryAfterSeconds: 3_600 });
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
