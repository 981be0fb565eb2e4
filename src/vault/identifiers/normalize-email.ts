import { domainToASCII, domainToUnicode } from 'node:url';

const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
// RFC 5321 §4.1.2 without quoted local parts and address literals, plus letters of other scripts (RFC 6531).
const LOCAL =
  /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN =
  /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;
const LOOK_ALIKE_SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
];

/**
 * One spelling for all spellings of an address: trimmed, NFC, the domain as ASCII in lower case without a dot at the end,
 * the local part in lower case. Tags ("+news") and dots in the local part stay: only the server of the mailbox decides
 * whether they matter, and to treat the addresses of two people as equal would be worse. A part that mixes scripts
 * whose letters look alike is refused: its purpose is to look like the address of another person.
 * @returns null for text that is not an address.
 */
export function normalizeEmail(text: string): string | null {
  if (text.length > 2 * MAX_LENGTH) return null;
  const trimmed = text.trim().normalize('NFC');
  const at = trimmed.lastIndexOf('@');
  if (at < 1) return null;
  const local = trimmed.slice(0, at).toLowerCase().normalize('NFC');
  const domain = domainToASCII(trimmed.slice(at + 1).replace(/\.$/, ''));
  const email = `${local}@${domain}`;
  if (!LOCAL.test(local) || !DOMAIN.test(domain)) return null;
  if (Buffer.byteLength(local) > MAX_LOCAL_LENGTH || Buffer.byteLength(email) > MAX_LENGTH) {
    return null;
  }
  return isPlain(email) || !isDeceptive(local, domain) ? email : null;
}

/** ASCII only, as almost every address. */
function isPlain(email: string): boolean {
  return /^[!-~]+$/.test(email) && !email.includes('xn--');
}

function isDeceptive(local: string, domain: string): boolean {
  return [local, ...domainToUnicode(domain).split('.')].some(isMixed);
}

function isMixed(part: string): boolean {
  return LOOK_ALIKE_SCRIPTS.filter((script) => script.test(part)).length > 1;
}
