import { Type } from 'typebox';

// Years that JavaScript, PostgreSQL and calendars all understand, and no leap second, which JavaScript does not read.
const YEAR = '(?:19[7-9]\\d|2[01]\\d\\d)';

/** A moment that a request gives (RFC 3339 §5.6), between 1970 and 2199. */
export const MomentInput = Type.String({
  format: 'date-time',
  pattern: `^${YEAR}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:[0-5]\\d`,
});

/** A day that a request gives (`full-date` of RFC 3339 §5.6), between 1970 and 2199. */
export const DayInput = Type.String({ format: 'date', pattern: `^${YEAR}-` });

/** A moment in an answer. Handlers return a `Date`; it is written as RFC 3339 §5.6 in UTC. */
export const MomentOutput = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });
