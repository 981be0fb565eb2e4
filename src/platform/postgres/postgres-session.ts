import { withParameters } from './postgres-address.ts';

/**
 * Settings on which the SQL of this server depends. Every connection sets them itself, because the defaults of a
 * database, a role or a pooler are unknown and can change.
 */
const SESSION_SETTINGS = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  search_path: 'public',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  default_transaction_isolation: 'read committed',
  transform_null_equals: 'off',
  array_nulls: 'on',
  extra_float_digits: '1',
  // No limits by default: a migration or a lock may take long, and a listening connection is idle. Limits are set where
  // they are needed.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
} as const;

/**
 * One statement that applies the settings, and `more`, to the session. Unlike start-up parameters every pooler accepts
 * it.
 */
export function sessionStatement(more: Readonly<Record<string, string>> = {}): string {
  const calls = Object.entries({ ...SESSION_SETTINGS, ...more }).map(
    ([name, value]) => `set_config('${name}', '${value}', false)`,
  );
  return `select ${calls.join(', ')}`;
}

/**
 * The address with the settings as start-up parameters, for connections that a library opens. Only for an address that
 * leads to PostgreSQL itself.
 */
export function withSessionSettings(url: string): string {
  const options = Object.entries(SESSION_SETTINGS).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(' ', String.raw`\ `)}`,
  );
  return withParameters(url, (query) => {
    const given = query.get('options');
    query.set('options', [...(given === null ? [] : [given]), ...options].join(' '));
  });
}
