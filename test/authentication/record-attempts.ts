import { runInRequest } from '../../src/platform/request-context.ts';
import type { Connected } from '../../src/server/services.ts';
import { failureOf } from '../support/failure.ts';
import { recordStatements } from '../support/measurement/record-statements.ts';
import { IP } from './scene.ts';

/** Runs attempts that fail as requests of a browser. @returns the texts of their statements, in their order. */
export function recordAttempts(
  db: Connected['db'],
): (attempt: () => Promise<unknown>) => Promise<readonly string[]> {
  const statements = recordStatements(db);
  return async (attempt) => {
    const before = statements.length;
    await runInRequest(requestContext(), () => failureOf(attempt()));
    // The audit event is written in the background.
    return statements.slice(before).filter((text) => !text.includes('audit_events'));
  };
}

const requestContext = () => ({
  requestId: 'statements',
  ip: IP,
  network: IP,
  userAgent: 'test',
  deviceId: null,
  locale: 'en',
  memo: new Map(),
  failure: null,
  isAnswered: false,
  cookies: { read: () => undefined, write: () => undefined },
});
