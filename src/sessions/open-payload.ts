import type { Sealer } from '../platform/keys/encryption.ts';
import { payloadContext } from './session-write-sql.ts';
import type { SessionPayload } from './session.ts';

/** Opens what the library keeps of a session; empty for a row that an older release emptied at a sign-out. @throws Error when it was tampered with or moved. */
export function openPayload(masterSealer: Sealer, uid: string, sealed: Buffer): SessionPayload {
  if (sealed.length === 0) return {};
  const text = masterSealer.open(sealed, payloadContext(uid)).toString('utf8');
  return JSON.parse(text) as SessionPayload;
}
