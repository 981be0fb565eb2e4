import type { Database } from '../platform/postgres/postgres.ts';
import { provenEmail } from '../vault/index.ts';
import type { Client } from './client.ts';
import type { ClientsContext } from './context.ts';
import { FALLBACK_LOCALE } from '../platform/languages.ts';

/** A mail about a decision of an administrator. */
export interface ClientNotice {
  readonly template:
    'client-verified' | 'client-unverified' | 'client-suspended' | 'client-resumed';
  readonly reason?: string;
}

/** Mails the owner of an app. An app without an active owner gets none. */
export async function notifyOwner(
  { accounts, vault, mailer }: ClientsContext,
  tx: Database,
  { client, template, reason = '' }: ClientNotice & { readonly client: Client },
): Promise<void> {
  const { id: clientId, ownerAccountId, name } = client;
  const owner = ownerAccountId === null ? null : await accounts.find(ownerAccountId);
  if (owner?.status !== 'active') return;
  const to = provenEmail(await vault.recentAttributes(owner.id));
  if (to === undefined) return;
  const values = { app: name, clientId, reason };
  await mailer.enqueue(tx, { to, template, locale: owner.locale ?? FALLBACK_LOCALE, values });
}
