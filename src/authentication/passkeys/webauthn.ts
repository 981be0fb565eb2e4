import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';

import { type Assertion, readRegistration } from './credential-answer.ts';
import type { RelyingParty } from './relying-party.ts';

/** The options that a page passes to `navigator.credentials.create` and `get`, as JSON (WebAuthn Level 3 §5.1.8, §5.1.9). */
export type CreationOptions = PublicKeyCredentialCreationOptionsJSON;
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON;

/** A credential that is named in a request, so that an authenticator uses it or creates no second one. */
export interface KnownCredential {
  readonly credentialId: Buffer;
  readonly transports: readonly string[];
}

/** The flags of an authenticator about copies of the key (WebAuthn Level 3 §6.1.3). */
interface BackupFlags {
  /** The key may be copied to other devices. It never changes. */
  readonly isBackupEligible: boolean;
  /** It is copied to other devices now. */
  readonly isBackedUp: boolean;
}

/** A new credential whose answer was right. */
export interface NewCredential extends KnownCredential, BackupFlags {
  /** COSE key (RFC 9052). */
  readonly publicKey: Buffer;
  readonly signCount: number;
  readonly aaguid: string;
}

/** A right assertion. The caller compares the counter and records it. */
export interface RightAssertion extends BackupFlags {
  readonly signCount: number;
}

/** COSE algorithms in order of preference: ES256, EdDSA, RS256 (RFC 9053). */
const ALGORITHMS = [-7, -8, -257];
const SELECTION = { residentKey: 'required', userVerification: 'required' } as const;

interface CreationInput {
  readonly relyingParty: RelyingParty;
  readonly challenge: Buffer;
  readonly timeoutMs: number;
  readonly user: {
    readonly handle: Buffer;
    /** The address or username that the authenticator shows. */
    readonly name: string;
    readonly displayName: string;
  };
  /** The passkeys of the account; an authenticator that has one of them creates no other. */
  readonly existing: readonly KnownCredential[];
}

/** Options for a new discoverable credential with user verification, without attestation. */
export async function creationOptions(input: CreationInput): Promise<CreationOptions> {
  const { relyingParty, challenge, timeoutMs, user, existing } = input;
  return generateRegistrationOptions({
    rpID: relyingParty.id,
    rpName: relyingParty.name,
    userID: copyOf(user.handle),
    userName: user.name,
    userDisplayName: user.displayName,
    challenge: copyOf(challenge),
    timeout: timeoutMs,
    attestationType: 'none',
    authenticatorSelection: SELECTION,
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: existing.map(describe),
  });
}

interface RequestInput extends Pick<CreationInput, 'relyingParty' | 'challenge' | 'timeoutMs'> {
  /** Empty: any discoverable credential of this site. */
  readonly allowed: readonly KnownCredential[];
}

/** Options for an assertion with user verification. */
export async function requestOptions(input: RequestInput): Promise<RequestOptions> {
  const { relyingParty, challenge, timeoutMs, allowed } = input;
  return generateAuthenticationOptions({
    rpID: relyingParty.id,
    challenge: copyOf(challenge),
    timeout: timeoutMs,
    userVerification: 'required',
    allowCredentials: allowed.map(describe),
  });
}

interface AnswerInput {
  readonly relyingParty: RelyingParty;
  /** In base64url. */
  readonly challenge: string;
  /** The JSON of a `PublicKeyCredential`, as a browser sent it. */
  readonly answer: unknown;
}

/** Verifies a new credential (WebAuthn Level 3 §7.1). @returns null for an answer of any other kind, challenge, origin or site. */
export async function verifyCreation(input: AnswerInput): Promise<NewCredential | null> {
  const { relyingParty, challenge } = input;
  const answer = readRegistration(input.answer);
  if (answer === null) return null;
  const checked = await unlessRefused(() =>
    verifyRegistrationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  );
  if (checked?.verified !== true) return null;
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = checked.registrationInfo;
  return {
    credentialId: Buffer.from(credential.id, 'base64url'),
    publicKey: Buffer.from(credential.publicKey),
    signCount: credential.counter,
    transports: answer.response.transports ?? [],
    aaguid,
    isBackupEligible: credentialDeviceType === 'multiDevice',
    isBackedUp: credentialBackedUp,
  };
}

interface AssertionInput extends Omit<AnswerInput, 'answer'> {
  readonly answer: Assertion;
  readonly publicKey: Buffer;
}

/**
 * Verifies an assertion (WebAuthn Level 3 §7.2) but for the counter, which the caller compares under a lock.
 * @returns null for any other challenge, origin, site or key, and without user verification.
 */
export async function verifyAssertion(input: AssertionInput): Promise<RightAssertion | null> {
  const { answer, relyingParty, challenge, publicKey } = input;
  const checked = await unlessRefused(() =>
    verifyAuthenticationResponse({
      response: { ...answer, type: 'public-key', clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      credential: { id: answer.id, publicKey: copyOf(publicKey), counter: 0 },
    }),
  );
  if (checked?.verified !== true) return null;
  const { newCounter, credentialDeviceType, credentialBackedUp } = checked.authenticationInfo;
  return {
    signCount: newCounter,
    isBackupEligible: credentialDeviceType === 'multiDevice',
    isBackedUp: credentialBackedUp,
  };
}

/** The library throws an Error for each reason to refuse an answer. */
async function unlessRefused<T>(verify: () => Promise<T>): Promise<T | null> {
  try {
    return await verify();
  } catch {
    return null;
  }
}

function describe({ credentialId, transports }: KnownCredential) {
  return { id: credentialId.toString('base64url'), transports: [...transports] };
}

function copyOf(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
