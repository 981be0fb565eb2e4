import type { Clock } from '../platform/clock.ts';
import type { Signer } from '../platform/keys/signer.ts';
import type { Database } from '../platform/postgres/postgres.ts';

/** The dependencies of the use cases of this slice. */
export interface ReceiptsContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly issuer: string;
  /** The applicable law: an ISO 3166 code, or free text. */
  readonly jurisdiction: string;
  /** 32 bytes; the key of the pseudonyms in receipts. */
  readonly pseudonymKey: Buffer;
}
