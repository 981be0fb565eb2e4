import type pg from 'pg';

import { withParameters } from './postgres-address.ts';
import { isAnswered } from './postgres-failure.ts';

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
 * While a statement runs, the server checks this often whether its client is still connected, and ends the statement if not. A
 * server on an operating system that cannot report it, such as Windows, refuses the setting.
 */
const CHECK_OF_CLIENT = `set client_connection_check_interval = '500ms'`;

/**
 * Applies the settings, and `more`, to a new session. It sends statements, because unlike start-up parameters every pooler accepts
 * them.
 */
export async function beginSession(
  client: Pick<pg.ClientBase, 'query'>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  await client.query(sessionStatement(more));
  try {
    await client.query(CHECK_OF_CLIENT);
  } catch (error) {
    if (!isAnswered(error)) throw error;
  }
}

function sessionStatement(more: Readonly<Record<string, string>>): string {
  const calls = Object.entries({ ...SESSION_SETTINGS, ...more }).map(
    ([name, value]) => `set_config('${name}', '${value}', false)`,
  );
  return `select ${calls.join(', ')}`;
}

/**
 * The address with the settings as start-up parameters, for connections that a library opens. Only for an address that
 * leads to PostgreSQL itself. A refused start-up parameter would refuse the connection, so it contains only settings that every
 * server accepts.
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
