import type { Clock } from '../platform/clock.ts';
import type { Signer } from '../platform/keys/signer.ts';
import type { Database } from '../platform/postgres/postgres.ts';

/** The dependencies of the use cases of this slice. */
export interface LedgerContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly signer: Signer;
}
