import path from 'node:path';

import { DATA_FOLDER } from '../src/cli/project.ts';
import type { Config } from '../src/config.ts';
import { connect, type Connected } from '../src/services.ts';
import { type BookshopAccess, ensureBookshop } from './demo-bookshop.ts';
import { ADMINISTRATOR, ANA, ensurePerson } from './demo-people.ts';

/** What somebody who tries the server needs to know. */
export interface DemoAccess extends BookshopAccess {
  readonly email: string;
  readonly password: string;
  readonly administrator: { readonly email: string; readonly password: string };
}

/**
 * Fills an empty development server with two people and the Bookshop, through the same use cases as everyone else.
 * What is there already stays as it is, so it can run at every start.
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
  await ensurePerson(services, ANA);
  const ownerAccountId = await ensurePerson(services, ADMINISTRATOR);
  const bookshop = await ensureBookshop(services.clients, {
    ownerAccountId,
    url: `http://localhost:${String(services.config.port + 1)}`,
    secretFile,
  });
  return {
    email: ANA.email,
    password: ANA.password,
    administrator: { email: ADMINISTRATOR.email, password: ADMINISTRATOR.password },
    ...bookshop,
  };
}
