import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

import { ExternalSigningKey } from 'oidc-provider';

import type { SigningJwk } from '../platform/keys/signing-keys.ts';

/**
 * An ES256 key that signs on the thread of the request. That takes less CPU time than the library's way through the thread
 * pool, and does not wait there behind password hashes. RSA signatures take a millisecond and stay in the pool.
 */
class SyncSigningKey extends ExternalSigningKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(jwk: SigningJwk) {
    super();
    this.#privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    this.#publicKey = createPublicKey(this.#privateKey);
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override sign(data: Uint8Array): Uint8Array {
    return sign('sha256', data, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
  }
}

/** A retired key: it verifies what it signed, and its private part does not exist any more. */
class VerifyingKey extends ExternalSigningKey {
  readonly #publicKey: KeyObject;

  constructor(jwk: SigningJwk) {
    super();
    this.#publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override sign(): Uint8Array {
    throw new Error('a retired key cannot sign');
  }
}

/** A key as the library takes it. */
export function toLibraryKey(jwk: SigningJwk): SigningJwk | ExternalSigningKey {
  if (jwk.d === undefined) return new VerifyingKey(jwk);
  return jwk.alg === 'ES256' ? new SyncSigningKey(jwk) : { ...jwk };
}
