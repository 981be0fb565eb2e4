/** The parts of a hash from another system. */
export type ImportedHash =
  | { readonly kind: 'argon2'; readonly scheme: string | null; readonly phc: string }
  | {
      readonly kind: 'bcrypt';
      readonly scheme: string;
      readonly hash: string;
      /** Django's `bcrypt_sha256`: a hash of the SHA-256 of the password, in hexadecimal. */
      readonly isPrehashed: boolean;
    }
  | {
      readonly kind: 'pbkdf2';
      readonly scheme: string;
      readonly digest: string;
      readonly iterations: number;
      readonly salt: Buffer;
      readonly key: Buffer;
    };

/** The parameters of this server's own hashes (OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane). */
export const ARGON2_PARAMETERS = Object.freeze({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });

// A hash whose check takes many seconds or gigabytes is a mistake in the file, and would be a way to stop the server.
const LONGEST = 512;
const MOST_MEMORY_KIB = 262_144;
const MOST_PASSES = 20;
const MOST_LANES = 16;
const BCRYPT_COSTS = { least: 4, most: 15 };
const MOST_ITERATIONS = 5_000_000;

/**
 * Understands argon2 in the PHC string format, bcrypt (`$2a$`, `$2b$`, `$2y$`), PBKDF2 in the PHC and passlib formats,
 * and Django's spelling of all of them. Null for every other format, and for costs that are too high for a server.
 */
export function parseImportedHash(text: string): ImportedHash | null {
  if (text.length > LONGEST) return null;
  const plain = text.replace(/^(?:argon2|bcrypt)(?=\$)/, '').replace(/^\$(?=\$2)/, '');
  return parseArgon2(plain) ?? parseBcrypt(plain) ?? parseDjangoPbkdf2(text) ?? parsePbkdf2(text);
}

function parseArgon2(text: string): ImportedHash | null {
  const [, kind, parameters = ''] =
    /^\$(argon2id|argon2i|argon2d)\$v=(?:19|16)\$((?:[mtp]=\d{1,7},?){3})\$[\w+/-]{11,86}\$[\w+/-]{22,172}$/.exec(
      text,
    ) ?? [];
  if (kind === undefined) return null;
  // Libraries write them in different orders.
  const costs = new Map(parameters.split(',').map((part) => [part[0], Number(part.slice(2))]));
  const [memory = 0, passes = 0, lanes = 0] = ['m', 't', 'p'].map((name) => costs.get(name));
  if (!isPossible({ memory, passes, lanes })) return null;
  const { memoryCost, timeCost, parallelism } = ARGON2_PARAMETERS;
  const isOurs =
    kind === 'argon2id' && memory === memoryCost && passes === timeCost && lanes === parallelism;
  const scheme = isOurs ? null : `${kind}:${String(memory)}:${String(passes)}:${String(lanes)}`;
  return { kind: 'argon2', scheme, phc: text };
}

/** The limits of RFC 9106 §3.1, lowered to an acceptable cost of one sign-in. */
function isPossible(costs: { memory: number; passes: number; lanes: number }): boolean {
  const { memory, passes, lanes } = costs;
  const isEnough = memory >= 8 * lanes && passes >= 1 && lanes >= 1;
  return isEnough && memory <= MOST_MEMORY_KIB && passes <= MOST_PASSES && lanes <= MOST_LANES;
}

function parseBcrypt(text: string): ImportedHash | null {
  const [, prefix = '', hash, cost] =
    /^(bcrypt_sha256\$)?(\$2[aby]\$(\d\d)\$[./A-Za-z\d]{53})$/.exec(text) ?? [];
  if (hash === undefined) return null;
  if (Number(cost) < BCRYPT_COSTS.least || Number(cost) > BCRYPT_COSTS.most) return null;
  return {
    kind: 'bcrypt',
    scheme: `bcrypt:${String(Number(cost))}`,
    hash,
    isPrehashed: prefix !== '',
  };
}

const DIGESTS = new Map([
  ['sha1', 20],
  ['sha256', 32],
  ['sha512', 64],
]);

/** `pbkdf2_sha256$600000$salt$base64`: the salt is text. */
function parseDjangoPbkdf2(text: string): ImportedHash | null {
  const [, digest = '', iterations, salt = '', key = ''] =
    /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,8})\$([^$\s]{1,128})\$([\w+/]{20,100}={0,2})$/.exec(
      text,
    ) ?? [];
  const bytes = Buffer.from(key, 'base64');
  return pbkdf2({ digest, iterations: Number(iterations), salt: Buffer.from(salt), key: bytes });
}

/**
 * `$pbkdf2-sha256$i=600000,l=32$salt$key` (PHC) or `$pbkdf2-sha256$29000$salt$key` (passlib, which writes `.` for `+`);
 * the salt is base64 without padding. passlib calls SHA-1 `$pbkdf2$`.
 */
function parsePbkdf2(text: string): ImportedHash | null {
  const [, digest = 'sha1', iterations, salt = '', key = ''] =
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,8})(?:,l=\d{1,3})?\$([\w+/.]{2,128})\$([\w+/.]{20,100})$/.exec(
      text,
    ) ?? [];
  return pbkdf2({
    digest,
    iterations: Number(iterations),
    salt: Buffer.from(salt.replaceAll('.', '+'), 'base64'),
    key: Buffer.from(key.replaceAll('.', '+'), 'base64'),
  });
}

function pbkdf2(fields: {
  digest: string;
  iterations: number;
  salt: Buffer;
  key: Buffer;
}): ImportedHash | null {
  const { digest, iterations } = fields;
  if (!(iterations >= 1 && iterations <= MOST_ITERATIONS)) return null;
  if (fields.key.length !== DIGESTS.get(digest)) return null;
  return { kind: 'pbkdf2', scheme: `pbkdf2-${digest}:${String(iterations)}`, ...fields };
}

/**
 * A hash that fits no password and whose check costs the same as other checks of this scheme; for addresses without an
 * account.
 * @param scheme as {@link ImportedHash} names it.
 */
export function decoyFor(scheme: string): string {
  const [kind = '', ...costs] = scheme.split(':');
  if (kind === 'bcrypt') return `$2b$${(costs[0] ?? '').padStart(2, '0')}$${'.'.repeat(53)}`;
  if (kind.startsWith('pbkdf2-')) {
    const bytes = DIGESTS.get(kind.slice('pbkdf2-'.length)) ?? 32;
    const key = Buffer.alloc(bytes).toString('base64').replace(/=+$/, '');
    return `$${kind}$i=${costs[0] ?? ''}$${'A'.repeat(22)}$${key}`;
  }
  const [m = '', t = '', p = ''] = costs;
  return `$${kind}$v=19$m=${m},t=${t},p=${p}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
}

/**
 * The decoy among the hashes of this server. It is a constant, so that a process computes no hash at its start, and the first
 * unknown address takes no longer than the others.
 */
export const OWN_DECOY = decoyFor(
  `argon2id:${Object.values(ARGON2_PARAMETERS).map(String).join(':')}`,
);
