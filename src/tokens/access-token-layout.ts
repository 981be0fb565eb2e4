import type { ArtifactPayload } from './artifact.ts';
import {
  type ByteReader,
  type ByteWriter,
  createByteReader,
  createByteWriter,
} from './byte-codec.ts';

/** Everything an opaque access token holds. */
export interface AccessTokenContent extends ArtifactPayload {
  readonly iat: number;
  readonly exp: number;
  readonly gty?: string | undefined;
  readonly scope?: string | undefined;
  readonly sessionUid?: string | undefined;
  readonly sid?: string | undefined;
  readonly expiresWithSession?: boolean | undefined;
  readonly aud?: string | undefined;
  readonly jkt?: string | undefined;
  readonly 'x5t#S256'?: string | undefined;
  readonly claims?: { readonly userinfo?: unknown } | undefined;
  readonly extra?: unknown;
  readonly rar?: unknown;
}

/**
 * Number of the layout below. A change that an older node cannot read needs a new number, which one release can read
 * before the next one writes it.
 */
export const LAYOUT = 1;

interface Codec {
  readonly write: (output: ByteWriter, value: never) => void;
  readonly read: (input: ByteReader) => unknown;
}

/** Frequent words of scopes and grant types. Append only: a number keeps its meaning as long as the layout exists. */
const WORDS: readonly string[] = [
  'openid',
  'profile',
  'email',
  'phone',
  'address',
  'offline_access',
  'account:read',
  'account:write',
  'clients:manage',
  'scopes:manage',
  'grant_management_query',
  'grant_management_revoke',
  'authorization_code',
  'refresh_token',
  'client_credentials',
];
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** Ends of the groups of a UUID, in digits. */
const UUID_ENDS = [8, 12, 16, 20] as const;
const SYMBOLS = /^[\w-]+$/;
const AS_UUID = 0;
const AS_TEXT = 1;

const seconds: Codec = {
  write: (output, value: number) => output.uint32(value),
  read: (input) => input.uint32(),
};
const duration: Codec = {
  write: (output, value: number) => output.varint(value),
  read: (input) => input.varint(),
};
const text: Codec = {
  write: (output, value: string) => output.text(value),
  read: (input) => input.text(),
};
const json: Codec = {
  write: (output, value: unknown) => output.text(JSON.stringify(value)),
  read: (input) => JSON.parse(input.text()) as unknown,
};
/** Only true is written, and takes no bytes. */
const flag: Codec = { write: () => undefined, read: () => true };
const words: Codec = { write: writeWords, read: readWords };
const identifier: Codec = { write: writeIdentifier, read: readIdentifier };

/** In the order of their bits and bytes. `exp` is kept as the life span. */
const FIELDS = [
  ['iat', seconds],
  ['exp', duration],
  ['clientId', identifier],
  ['accountId', identifier],
  ['grantId', identifier],
  ['sessionUid', identifier],
  ['sid', identifier],
  ['gty', words],
  ['scope', words],
  ['aud', text],
  ['jkt', identifier],
  ['x5t#S256', identifier],
  ['expiresWithSession', flag],
  ['claims', json],
  ['extra', json],
  ['rar', json],
] as const satisfies readonly (readonly [keyof AccessTokenContent, Codec])[];

/** Each with its bit. */
const NUMBERED = FIELDS.map(([name, codec], index) => [name, codec, 1 << index] as const);

/** Members that follow from the token itself and are not stored in it. */
const IMPLIED = ['jti', 'kind'];
const KNOWN = new Set<string>([...FIELDS.map(([name]) => name), ...IMPLIED]);

/** Members of tokens of the library that this layout cannot contain. */
export function unknownMembers(names: readonly string[]): readonly string[] {
  return names.filter((name) => !KNOWN.has(name));
}

/** Returns a number whose bits name the members that are present, and then each of them. @throws Error for an unknown member. */
export function packAccessToken(content: AccessTokenContent): Buffer {
  const [unknown] = unknownMembers(Object.keys(content));
  if (unknown !== undefined) throw new Error(`an access token cannot hold ${unknown}`);
  const { userinfo } = content.claims ?? {};
  const kept: Readonly<Record<string, unknown>> = {
    ...content,
    exp: content.exp - content.iat,
    // The rest of the claims parameter concerns ID tokens.
    claims: userinfo === undefined ? undefined : { userinfo },
    expiresWithSession: content.expiresWithSession === true ? true : undefined,
  };
  let bits = 0;
  for (const [name, , bit] of NUMBERED) if (kept[name] !== undefined) bits += bit;
  const output = createByteWriter();
  output.varint(bits);
  for (const [name, codec, bit] of NUMBERED) {
    if ((bits & bit) !== 0) codec.write(output, kept[name] as never);
  }
  return output.done();
}

/** @throws Error when the bytes are not of this layout. */
export function unpackAccessToken(packed: Buffer): AccessTokenContent {
  const input = createByteReader(packed);
  const bits = input.varint();
  if (bits >= 2 ** FIELDS.length) throw new Error('a member that is not known');
  const content: Record<string, unknown> = {};
  for (const [name, codec, bit] of NUMBERED) {
    if ((bits & bit) !== 0) content[name] = codec.read(input);
  }
  input.end();
  const { iat, exp: lifeSpan } = content;
  if (typeof iat !== 'number' || typeof lifeSpan !== 'number') {
    throw new Error('an access token without times');
  }
  return { ...content, iat, exp: iat + lifeSpan };
}

function writeWords(output: ByteWriter, value: string): void {
  const list = value === '' ? [] : value.split(' ');
  output.varint(list.length);
  for (const word of list) {
    const number = WORDS.indexOf(word) + 1;
    output.varint(number);
    if (number === 0) output.text(word);
  }
}

function readWords(input: ByteReader): string {
  const list: string[] = [];
  for (let left = input.varint(); left > 0; left -= 1) {
    const number = input.varint();
    const word = number === 0 ? input.text() : WORDS[number - 1];
    if (word === undefined) throw new Error('a word that is not known');
    list.push(word);
  }
  return list.join(' ');
}

/** A UUID in 16 bytes, symbols of base64url in six bits each, anything else as text. */
function writeIdentifier(output: ByteWriter, value: string): void {
  if (UUID.test(value)) {
    output.varint(AS_UUID);
    output.bytes(Buffer.from(value.replaceAll('-', ''), 'hex'));
  } else if (SYMBOLS.test(value)) {
    output.varint(AS_TEXT + value.length);
    const padded = value.padEnd(Math.ceil(value.length / 4) * 4, 'A');
    output.bytes(Buffer.from(padded, 'base64url').subarray(0, sizeOfSymbols(value.length)));
  } else {
    output.varint(AS_TEXT);
    output.text(value);
  }
}

function readIdentifier(input: ByteReader): string {
  const head = input.varint();
  if (head === AS_UUID) {
    const hex = input.bytes(16).toString('hex');
    const [first, second, third, fourth] = UUID_ENDS;
    return `${hex.slice(0, first)}-${hex.slice(first, second)}-${hex.slice(second, third)}-${hex.slice(third, fourth)}-${hex.slice(fourth)}`;
  }
  if (head === AS_TEXT) return input.text();
  const length = head - AS_TEXT;
  return input.bytes(sizeOfSymbols(length)).toString('base64url').slice(0, length);
}

function sizeOfSymbols(count: number): number {
  return Math.ceil((count * 6) / 8);
}
