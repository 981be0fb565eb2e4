/** A key as the key service wrapped it; only the service can open it. */
export interface WrappedKey {
  readonly version: number;
  readonly wrapped: Buffer;
}

/**
 * A service with a key that never leaves it, which wraps other keys (AWS KMS or an equivalent service). Each wrapped
 * key is bound to its version: a key that was wrapped as version 1 cannot be unwrapped as version 2.
 *
 * Both methods throw AppError `key_service_unavailable` (kind `unavailable`) when it does not answer, and
 * `key_service_refused` (kind `forbidden`) when it refuses: the right to use the key has been withdrawn.
 */
export interface KeyService {
  /** A new random key of 32 bytes, returned in wrapped form only. */
  generate(version: number): Promise<WrappedKey>;
  /** The key in clear. */
  unwrap(key: WrappedKey): Promise<Buffer>;
}
