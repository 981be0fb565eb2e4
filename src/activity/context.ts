import type { Audit } from '../audit/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Clock } from '../platform/clock.ts';

/** The dependencies of the use cases of this slice. */
export interface ActivityContext {
  readonly audit: Pick<Audit, 'list'>;
  readonly clients: Pick<Clients, 'find'>;
  readonly clock: Clock;
  readonly consents: Pick<Consents, 'history'>;
  readonly ledger: Pick<Ledger, 'list' | 'readsByApp' | 'readsByClaim' | 'readsByPeriod'>;
}
