import type { Sealer } from '../../platform/keys/encryption.ts';
import { unlessKeyIsGone } from '../../platform/keys/encryption.ts';
import type { StoredPasskey } from './passkey-store.ts';

/** A passkey as its owner sees it. */
export interface Passkey {
  readonly id: string;
  /** Null: the owner gave it none, and its maker is unknown. */
  readonly name: string | null;
  /** `synced`: copies are on other devices of the person. `device`: it is on one device or security key. */
  readonly storage: 'synced' | 'device';
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** Since when it is refused, because a copy of it may exist. */
  readonly blockedAt: Date | null;
}

/** The context that the name of a passkey is sealed for. */
export function passkeyNameContext({
  accountId,
  id,
}: Pick<StoredPasskey, 'accountId' | 'id'>): string {
  return `passkey name:${accountId}:${id}`;
}

/** The members that the owner sees. `sealer` is that of the account. */
export function presentPasskey(sealer: Sealer, stored: StoredPasskey): Passkey {
  const { id, sealedName, isBackedUp, createdAt, lastUsedAt, blockedAt } = stored;
  const context = passkeyNameContext(stored);
  const opened = sealedName && unlessKeyIsGone(() => sealer.open(sealedName, context));
  return {
    id,
    name: opened?.toString('utf8') ?? null,
    storage: isBackedUp ? 'synced' : 'device',
    createdAt,
    lastUsedAt,
    blockedAt,
  };
}

/**
 * The methods of a sign-in with a passkey (RFC 8176): a key in hardware, or in software when it can be copied to other devices; a
 * person was present; and two factors, because the authenticator verified the person by a PIN or a body feature.
 */
export function passkeyMethods({
  isBackupEligible,
}: Pick<StoredPasskey, 'isBackupEligible'>): readonly string[] {
  return [isBackupEligible ? 'swk' : 'hwk', 'user', 'mfa'];
}
