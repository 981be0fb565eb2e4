import { expect } from 'chai';
import type { Context } from 'koa';

import { requireTimeline } from '../../src/server/health-checks.ts';
import type { AppError } from '../../src/platform/app-error.ts';

describe('The comparison of database and key store before a request', () => {
  const timeline = { require: async () => undefined, isSame: () => true } as never;
  const guard = requireTimeline(
    { timeline },
    { isProtocolPath: (path) => path === '/auth', isForPrograms: () => false },
  );
  const decideOutcome = (path: string): Promise<unknown> =>
    Promise.resolve(guard({ path } as Context, async () => 'answered')).catch(
      (error: unknown) => (error as AppError).code,
    );

  it('returns database_unavailable, not 404, for a protocol endpoint when only the second try succeeds', async () => {
    expect(await decideOutcome('/auth')).to.equal('database_unavailable');
    expect(await decideOutcome('/account')).to.equal('answered');
  });
});
