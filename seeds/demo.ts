import path from 'node:path';

import { DATA_FOLDER } from '../src/dev/project-folders.ts';
import type { Config } from '../src/config/config.ts';
import { connect, type Connected } from '../src/server/services.ts';
import { type BookshopAccess, ensureBookshop } from './demo-bookshop.ts';
import {
  ADMINISTRATOR,
  ANA,
  type DemoAccount,
  type DemoPerson,
  ensurePerson,
} from './demo-people.ts';

/** The information for a person who tries the server. */
export interface DemoAccess {
  /** Null when no demo account can own it. */
  readonly bookshop: BookshopAccess | null;
  /** One line for each demo account: how to sign in, or why it cannot be used. */
  readonly lines: readonly string[];
}

/**
 * Fills an empty development server with two people and the Bookshop, through the normal use cases. Existing data are
 * not changed, so it can run at every start.
 */
export async function seedDemo(config: Config): Promise<DemoAccess> {
  const services = await connect(config);
  try {
    return await seedServices(services, path.join(DATA_FOLDER, 'bookshop-secret'));
  } finally {
    await services.close();
  }
}

/** The same on services that are connected already; the Bookshop's secret is kept in `secretFile`. */
export async function seedServices(services: Connected, secretFile: string): Promise<DemoAccess> {
  if (services.config.mode === 'production') {
    throw new Error('the demo data have published passwords and never go into production');
  }
  const ana = await ensurePerson(services, ANA);
  const administrator = await ensurePerson(services, ADMINISTRATOR);
  const bookshop = await ensureBookshop(services.clients, {
    ownerAccountId: administrator.accountId ?? ana.accountId,
    url: `http://localhost:${String(services.config.port + 1)}`,
    secretFile,
  });
  return {
    bookshop,
    lines: [
      describe('Demo account', ANA, ana),
      describe('Administrator', ADMINISTRATOR, administrator),
      ...(bookshop === null
        ? ['The Bookshop is not registered: no demo account is left to own it.']
        : []),
    ],
  };
}

function describe(title: string, { email, password }: DemoPerson, account: DemoAccount): string {
  if (account.isAsMade) return `${title}: ${email}, password: ${password}`;
  if (account.accountId !== null)
    return `${title}: does not sign in with ${email} and its first password any more, and keeps what you changed.`;
  return `${title}: ${email} is deleted or blocked. "consentry start --reset" begins anew.`;
}
