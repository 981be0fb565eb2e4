import { currentRequest } from '../../../src/platform/request-context.ts';
import type { Connected } from '../../../src/server/services.ts';
import { interceptTransactions, isAdded } from './intercept-transactions.ts';

/** Starts to record the statements of requests in their order. @returns the growing array of texts. */
export function recordStatements(db: Connected['db']): readonly string[] {
  const texts: string[] = [];
  const { groups } = db;
  const { query } = groups;
  Object.assign(groups, {
    query: (...input: Parameters<typeof query>) => {
      if (currentRequest() !== undefined) texts.push(input[0].text);
      return query(...input);
    },
  });
  interceptTransactions(db, {
    sendBatch: (client, batch) => {
      texts.push(...batch.statements.filter((one) => !isAdded(one)).map(({ text }) => text));
      client.query(batch);
    },
    wrapQuery: (send) => send,
  });
  return texts;
}
