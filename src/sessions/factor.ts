/** One thing that a person used to sign in, as the pages name it. */
export type Factor =
  | 'password'
  | 'code'
  | 'text_message'
  | 'phone_call'
  | 'passkey'
  | 'security_key'
  | 'smart_card'
  | 'pin'
  | 'biometrics'
  | 'questions'
  | 'system_account';

/**
 * Every value of `amr` that RFC 8176 §2 defines. Null: it describes the circumstances of a sign-in and is no factor of its own.
 */
export const FACTOR_OF_AMR = {
  face: 'biometrics',
  fpt: 'biometrics',
  geo: null,
  hwk: 'security_key',
  iris: 'biometrics',
  kba: 'questions',
  mca: null,
  mfa: null,
  otp: 'code',
  pin: 'pin',
  pwd: 'password',
  rba: null,
  retina: 'biometrics',
  sc: 'smart_card',
  sms: 'text_message',
  swk: 'passkey',
  tel: 'phone_call',
  user: null,
  vbm: 'biometrics',
  wia: 'system_account',
} as const satisfies Readonly<Record<string, Factor | null>>;

/** The factors of a sign-in, in its order, each once. Other values, as of another provider, have no name. */
export function factorsOf(amr: readonly string[]): readonly Factor[] {
  const factors = amr.map((value) => (isKnown(value) ? FACTOR_OF_AMR[value] : null));
  return [...new Set(factors.filter((factor) => factor !== null))];
}

function isKnown(value: string): value is keyof typeof FACTOR_OF_AMR {
  return Object.hasOwn(FACTOR_OF_AMR, value);
}
