import { expect } from 'chai';

import type { Connected } from '../../src/server/services.ts';
import { isTrueWithin } from '../support/wait-for.ts';

/** The permission of the API. */
export const JOBS_SCOPE = 'jobs:run';

const words = { en: 'Jobs', ru: 'Задания' };

/** Defines an API with one permission. It accepts access tokens for 300 seconds; those of this server are valid for 900. */
export async function defineJobsApi({ scopes }: Connected, actorId: string): Promise<void> {
  const by = { actorId, title: words };
  const identifier = 'https://jobs.example/';
  await scopes.defineResourceServer({
    ...by,
    identifier,
    accessTokenFormat: 'opaque',
    accessTokenLifetimeSeconds: 300,
  });
  const scope = { ...by, name: JOBS_SCOPE, description: words, resource: identifier };
  await scopes.defineScope({ ...scope, sensitivity: 'low' });
  const isKnown = async (): Promise<boolean> => (await scopes.catalogue()).byName.has(JOBS_SCOPE);
  expect(await isTrueWithin(isKnown)).to.equal(true);
}
