import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Tokens } from '../tokens/index.ts';
import type { ReleasableAttributes, Vault } from '../vault/index.ts';
import type { PictureDeps } from './picture-link.ts';

/** The dependencies of all releases. */
export interface ClaimsContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly tokens: Pick<Tokens, 'findGrant'>;
  readonly clients: Pick<Clients, 'find'>;
  readonly consents: Pick<Consents, 'recent' | 'consumeOneTime'>;
  readonly ledger: Pick<Ledger, 'append' | 'appendIn'>;
  readonly attributes: ReleasableAttributes;
  readonly vault: Pick<Vault, 'listAttributes' | 'avatars' | 'records'>;
  readonly pictures: PictureDeps;
}
