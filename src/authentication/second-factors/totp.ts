import { generateSecret, generateURI, verifySync } from 'otplib';

/** RFC 6238 §5.2: a code is also accepted one step before and after its own, because clocks differ. */
const STEP_SECONDS = 30;
const CODE = /^\d{6}$/;

/** A new secret of 160 bits in base32 (RFC 4226 §4, RFC 4648 §6). */
export function createTotpSecret(): string {
  return generateSecret({ length: 20 });
}

interface KeyUriInput {
  /** The name of this installation, which the app shows above the code. */
  readonly issuer: string;
  /** The name of the account, which the app shows below the code. */
  readonly label: string;
  readonly secret: string;
}

/** The `otpauth:` address in a QR code, which authenticator apps read (Key Uri Format). */
export function totpUri({ issuer, label, secret }: KeyUriInput): string {
  return generateURI({ issuer, label, secret });
}

interface CodeInput {
  readonly secret: string;
  /** As the person typed it. */
  readonly code: string;
  readonly now: Date;
}

/**
 * The number of the time step whose code this is; null for a wrong code. The caller records the step, because each code is valid
 * once (RFC 6238 §5.2).
 */
export function findTotpStep({ secret, code, now }: CodeInput): number | null {
  const token = code.replace(/\s/g, '');
  if (!CODE.test(token)) return null;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = verifySync({ secret, token, epoch, epochTolerance: STEP_SECONDS });
  return result.valid && 'timeStep' in result ? result.timeStep : null;
}
