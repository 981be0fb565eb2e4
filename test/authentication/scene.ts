import { randomBytes } from 'node:crypto';

import {
  type Authentication,
  type AuthenticationDeps,
  createAuthentication,
  createPasswordHasher,
  type PasswordHasher,
  type Proof,
  type SignInOutcome,
} from '../../src/authentication/index.ts';
import type { Message } from '../../src/messaging/message.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { readMessages, readSms } from '../support/people/sent-messages.ts';
import { UNLIMITED } from '../support/unlimited.ts';

export const IP = '192.0.2.7';
/** How long an account that lost its last identifier is kept. */
export const RETENTION_SECONDS = 86_400;
/** The site of passkeys in scenes. */
export const RELYING_PARTY = {
  id: 'id.example.org',
  name: 'Consentry',
  origin: 'https://id.example.org',
} as const;
export const NEW_PASSWORD = 'seven herons count the evening trains';

/** Real slices on a database of their own, a clock to move, and a hasher that counts. */
export interface Scene {
  readonly connected: Connected;
  readonly authentication: Authentication;
  readonly clock: SettableClock;
  readonly counts: { hashes: number };
  person(): Promise<TestPerson>;
  /** Mails to an address, oldest first, without rows that have no recipient. */
  mailsTo(email: string): Promise<Message[]>;
  /** All queued rows, including those without a recipient. */
  queued(): Promise<number>;
  /** Text messages to a number, oldest first. */
  smsTo(number: string): Promise<Message[]>;
  /** The code of the newest mail or text message to an address. */
  codeOf(address: string): Promise<string>;
  /** The token in the link of the newest mail to an address. */
  linkOf(email: string): Promise<string>;
  /** The same use cases once more, as on another node; `changes` replace dependencies. */
  anotherNode(changes?: Partial<AuthenticationDeps>): Authentication;
  close(): Promise<void>;
}

export interface SceneOptions {
  readonly transferProvenAddresses?: boolean;
}

export async function setScene({
  transferProvenAddresses = false,
}: SceneOptions = {}): Promise<Scene> {
  const database = await createTestDatabase();
  const clock = settableClock('2026-11-20T12:00:00Z');
  const config = testConfig(database.url);
  const connected = await connect(config, { clock });
  const counts = { hashes: 0 };
  const node = (changes: Partial<AuthenticationDeps> = {}): Authentication =>
    createAuthentication({
      ...connected,
      transientSealer: connected.transientSealer,
      blindIndexKey: config.secrets.blindIndexKey,
      rateLimiter: UNLIMITED,
      failedSignIns: config.failedSignIns,
      onSignInsPaused: () => undefined,
      transferProvenAddresses,
      relyingParty: RELYING_PARTY,
      retentionSeconds: RETENTION_SECONDS,
      hasher: counting(createPasswordHasher(), counts),
      ...changes,
    });
  const authentication = node();
  const messages = () => readMessages(connected);
  const texts = () => readSms(connected);
  const newestOf = async (address: string, value: 'code' | 'link'): Promise<string> => {
    const found = [...(await messages()), ...(await texts())].flatMap((message) =>
      message?.to === address && message.values[value] !== undefined
        ? [String(message.values[value])]
        : [],
    );
    return found.at(-1) ?? `no ${value} was sent`;
  };
  return {
    connected,
    authentication,
    clock,
    counts,
    person: () => createPerson(connected, { email: randomEmail() }),
    mailsTo: async (email) =>
      (await messages()).flatMap((mail) => (mail?.to === email ? [mail] : [])),
    queued: async () => (await messages()).length,
    smsTo: async (number) => (await texts()).flatMap((sms) => (sms?.to === number ? [sms] : [])),
    codeOf: (address) => newestOf(address, 'code'),
    linkOf: (email) => newestOf(email, 'link'),
    anotherNode: node,
    close: async () => {
      await connected.close();
      await database.drop();
    },
  };
}

/** An address that is unique in this run. */
export function randomEmail(): string {
  return `p${randomBytes(6).toString('hex')}@example.org`;
}

let numbers = 0;

/** A number that is unique in this run. */
export function nextNumber(): string {
  numbers += 1;
  return `+4420794${String(60_000 + numbers)}`;
}

/** A code that is certainly not `code`. */
export function otherThan(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}

function counting(hasher: PasswordHasher, counts: { hashes: number }): PasswordHasher {
  return {
    ...hasher,
    hash: (password, request) => {
      counts.hashes += 1;
      return hasher.hash(password, request);
    },
    verify: (stored, password, request) => {
      counts.hashes += 1;
      return hasher.verify(stored, password, request);
    },
  };
}

/** The proof of a complete sign-in. @throws Error when a second step is needed. */
export async function signedIn(outcome: Promise<SignInOutcome>): Promise<Proof> {
  const result = await outcome;
  if (result.status !== 'signed_in')
    throw new Error(`the sign-in is not complete: ${result.status}`);
  const { status: _status, ...proof } = result;
  return proof;
}
