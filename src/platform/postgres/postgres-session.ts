import { withParameters } from './postgres-address.ts';

/**
 * Settings that SQL of this server depends on. Every connection makes them itself: the defaults of a database, a role or a
 * pooler can be anything, and can change after the installation.
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
  // Limits are set where they are wanted: a migration or a lock may take long, and a connection that listens is idle.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
} as const;

/**
 * One statement that makes the settings, and `more`, for the session. Unlike start-up parameters every pooler accepts it.
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
