import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Vault } from '../vault/index.ts';

/** The dependencies of the use cases of this slice. */
export interface ConnectedAppsContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly issuer: string;
  readonly consents: Pick<Consents, 'find' | 'list' | 'listFormer' | 'history'>;
  readonly clients: Pick<Clients, 'find'>;
  readonly ledger: Pick<Ledger, 'lastRead' | 'lastReadOfClaims' | 'list'>;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly vault: Pick<Vault, 'listAttributes'>;
}
