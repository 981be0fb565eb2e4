/** Numbers that look random and are the same for the same seed (the generator "mulberry32"). */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  pick<T>(list: readonly T[]): T | undefined;
}

export function createRandom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1);
  const next = (): number => {
    state = Math.trunc(state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T,
  };
}

/** Names and values of a form or query, in their order. */
export type Pairs = readonly (readonly [name: string, value: string])[];
/** Values that a name can have, the valid ones among them. */
export type Values = Readonly<Record<string, readonly string[]>>;

const ODD_TEXTS: readonly [string, ...string[]] = [
  '',
  ' ',
  'x',
  '\u0000',
  '\ud800',
  'é',
  '日本',
  'a#b',
  'a&b',
  'a=b',
  '"<script>',
  "'",
  '\\',
  'a\r\nb',
  'a\tb',
  '\u007f',
  '{}',
  '[]',
  'null',
  '-1',
  '%',
  '%zz',
  '%E0%A4%A',
  'a+b',
  '\u{1F600}',
  '__proto__',
  'a'.repeat(513),
  'b'.repeat(2_049),
];

/** The same with one change. `known` are further values of its names, and values of names that it does not have. */
export function mutate(random: Random, pairs: Pairs, known: Values): Pairs {
  const index = Math.floor(random.next() * pairs.length);
  const [name = 'x', value = ''] = pairs[index] ?? [];
  const replaced = (...by: Pairs): Pairs => pairs.toSpliced(index, 1, ...by);
  const kind = Math.floor(random.next() * 8);
  if (kind === 0) return replaced();
  if (kind === 1) return replaced([name, value], [name, random.pick([value, ...ODD_TEXTS])]);
  if (kind === 2) return replaced([name, random.pick(ODD_TEXTS)]);
  if (kind === 3) return replaced([name, value + random.pick(ODD_TEXTS)]);
  if (kind === 4)
    return replaced([random.pick([name.toUpperCase(), ` ${name}`, `${name}[]`]), value]);
  const other = random.pick(Object.keys(known)) ?? 'x';
  const wanted = random.pick(known[other] ?? []) ?? '';
  const at = pairs.findIndex(([one]) => one === other);
  return at < 0 ? pairs.toSpliced(index, 0, [other, wanted]) : pairs.with(at, [other, wanted]);
}

/** Encodes a form or query in one of the ways that a server can receive. */
export function encode(random: Random, pairs: Pairs): string {
  const ordered = random.chance(0.5) ? shuffled(random, pairs) : pairs;
  const texts = ordered.map(([name, value]) => `${name}=${encodeText(random, value)}`);
  const between = random.chance(0.04) ? random.pick(['&&', ';', '&amp;']) : '&';
  const end = random.chance(0.3) ? random.pick(['&', '#f', '#', '&=', '?', '&x']) : '';
  return texts.join(between).replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent) + end;
}

function encodeText(random: Random, value: string): string {
  const text = value.toWellFormed();
  const way = random.next();
  if (way < 0.6) return encodeURIComponent(text);
  if (way < 0.7) return Buffer.from(text).toString('hex').replaceAll(/../g, '%$&');
  return way < 0.9 ? new URLSearchParams([['', text]]).toString().slice(1) : text;
}

function shuffled(random: Random, pairs: Pairs): Pairs {
  const keyed = pairs.map((pair) => [random.next(), pair] as const);
  return keyed.toSorted(([one], [other]) => one - other).map(([, pair]) => pair);
}

/** Header lines that can change the answer to a request. */
export const ODD_HEADERS: readonly [string, ...string[]] = [
  'Accept: text/html',
  'Accept: application/json',
  'Accept: */*',
  'Accept: text/html;q=0.5,application/json',
  'Accept: text/html;q=0',
  'Accept: text/html,text/html;q=0',
  'Accept: TEXT/HTML',
  'Accept:',
  'Origin: null',
  'Origin: http://localhost:9',
  'X-Forwarded-For: 203.0.113.4',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: evil.example',
  'Forwarded: host=evil.example',
  'X-Original-URL: /auth',
  'X-HTTP-Method-Override: POST',
  'If-None-Match: *',
  'Range: bytes=0-1',
  'Accept-Encoding: gzip, br',
  'Accept-Language: ru',
  'Sec-Fetch-Site: cross-site',
  'Sec-Fetch-Dest: iframe',
  'Sec-Purpose: prefetch',
  'DPoP: x',
  'Authorization: Basic eDp4',
  'Authorization: Bearer x',
  'Content-Type: text/plain',
  'TE: trailers',
  'Expect: 100-continue',
  'Content-Encoding: gzip',
  'Via: 1.1 proxy',
  'Referer: http://evil.example/',
];
