import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

import { isoCBOR } from '@simplewebauthn/server/helpers';

import type { PasskeyCreation, PasskeyRequest } from '../../src/authentication/index.ts';
import { RELYING_PARTY } from './scene.ts';

/** Changes with which a device answers differently than a right one. */
export interface DeviceChanges {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly isVerified?: boolean;
  readonly isBackupEligible?: boolean;
  readonly count?: number;
  readonly userHandle?: string | null;
}

/** An authenticator in software that follows WebAuthn Level 3 §6, with one passkey. */
export interface PasskeyDevice {
  readonly credentialId: string;
  /** The answer to a request for a new passkey, as `toJSON()` gives it. */
  create(creation: PasskeyCreation, changes?: DeviceChanges): unknown;
  /** The answer to a request for an assertion. The counter grows by one each time. */
  get(request: PasskeyRequest, changes?: DeviceChanges): unknown;
  /** A copy with the same key and the same counter. */
  clone(): PasskeyDevice;
}

export interface DeviceKind {
  /** Its passkeys are synced. Default: they stay on the device. */
  readonly isSynced?: boolean;
  /** It has a counter. Default: the counter is always zero, as that of most devices. */
  readonly hasCounter?: boolean;
}

interface Content extends Required<DeviceKind> {
  readonly id: Buffer;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  userHandle: string;
  count: number;
}

const FLAGS = { present: 1, verified: 4, eligible: 8, backedUp: 16, attested: 64 };

/** A new device without a passkey: it makes one at its first `create`. */
export function passkeyDevice({ isSynced = false, hasCounter = false }: DeviceKind = {}) {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return device({ ...pair, id: randomBytes(16), userHandle: '', count: 0, isSynced, hasCounter });
}

function device(content: Content): PasskeyDevice {
  const { id, isSynced, hasCounter, privateKey } = content;
  const credentialId = id.toString('base64url');
  const named = { id: credentialId, rawId: credentialId, type: 'public-key' };
  const authenticatorData = (changes: DeviceChanges, attested?: Buffer): Buffer => {
    const { isVerified = true, isBackupEligible = isSynced, rpId = RELYING_PARTY.id } = changes;
    const flags =
      FLAGS.present +
      (isVerified ? FLAGS.verified : 0) +
      (isBackupEligible ? FLAGS.eligible + FLAGS.backedUp : 0) +
      (attested === undefined ? 0 : FLAGS.attested);
    if (hasCounter) content.count += 1;
    const head = Buffer.alloc(5);
    head.writeUInt8(flags, 0);
    head.writeUInt32BE(changes.count ?? content.count, 1);
    return Buffer.concat([sha256(Buffer.from(rpId)), head, attested ?? Buffer.alloc(0)]);
  };
  return {
    credentialId,
    create: ({ options }, changes = {}) => {
      content.userHandle = options.user.id;
      const size = Buffer.alloc(2);
      size.writeUInt16BE(id.length);
      const attested = Buffer.concat([Buffer.alloc(16), size, id, coseKey(content.publicKey)]);
      const authData = authenticatorData(changes, attested);
      const object = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', Uint8Array.from(authData)],
      ]);
      const attestationObject = Buffer.from(isoCBOR.encode(object as never)).toString('base64url');
      const clientDataJSON = clientData('webauthn.create', options.challenge, changes);
      const response = { clientDataJSON, attestationObject, transports: ['internal'] };
      return { ...named, response, clientExtensionResults: {} };
    },
    get: ({ options }, changes = {}) => {
      const authData = authenticatorData(changes);
      const clientDataJSON = clientData('webauthn.get', options.challenge, changes);
      const hash = sha256(Buffer.from(clientDataJSON, 'base64url'));
      const signature = sign('sha256', Buffer.concat([authData, hash]), privateKey);
      const userHandle = changes.userHandle === undefined ? content.userHandle : changes.userHandle;
      const response = {
        clientDataJSON,
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
        ...(userHandle !== null && { userHandle }),
      };
      return { ...named, response, clientExtensionResults: {} };
    },
    clone: () => device({ ...content }),
  };
}

function clientData(type: string, challenge: string, changes: DeviceChanges): string {
  const data = { type, challenge, origin: RELYING_PARTY.origin, crossOrigin: false };
  const { type: otherType, challenge: otherChallenge, origin } = changes;
  const changed = {
    ...data,
    ...(otherType !== undefined && { type: otherType }),
    ...(otherChallenge !== undefined && { challenge: otherChallenge }),
    ...(origin !== undefined && { origin }),
  };
  return Buffer.from(JSON.stringify(changed)).toString('base64url');
}

/** RFC 9053 §7.1: an ES256 key. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const key = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Uint8Array.from(Buffer.from(x, 'base64url'))],
    [-3, Uint8Array.from(Buffer.from(y, 'base64url'))],
  ]);
  return Buffer.from(isoCBOR.encode(key as never));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
