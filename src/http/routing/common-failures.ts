import type { ApiRoute } from './route.ts';

/** An outage of a service that the server needs; every request can fail with it. */
const OUTAGES = [
  'blobs_unavailable',
  'busy',
  'change_in_progress',
  'database_unavailable',
  'key_service_unavailable',
  'key_store_unavailable',
  'overloaded',
  'redis_unavailable',
  'restore_required',
];
const GUARDED: Failures = { 401: ['unauthenticated'], 403: ['forbidden', 'insufficient_scope'] };
const GUARDED_CHANGE: Failures = { 403: ['csrf_missing'] };
const BYTES: Failures = {
  400: ['body_unreadable'],
  413: ['body_too_large'],
  415: ['media_type_unsupported'],
};
const JSON_BODY: Failures = { 400: ['body_invalid', 'body_not_utf8', 'json_invalid'] };
const ALWAYS: Failures = {
  // A name in the query that is not declared is refused everywhere.
  400: ['query_invalid', 'text_invalid', 'too_many_fields'],
  500: ['internal_error'],
  503: OUTAGES,
};

type Failures = Readonly<Record<number, readonly string[]>>;

/**
 * Every failure of an operation, as status and codes: the declared ones, and those that follow from the declaration.
 */
export function failuresOf(route: ApiRoute): readonly (readonly [number, readonly string[]])[] {
  const isGuarded = route.access !== 'public';
  const all: Failures[] = [
    ALWAYS,
    ...(isGuarded ? [GUARDED] : []),
    ...(isGuarded && route.method !== 'get' ? [GUARDED_CHANGE] : []),
    ...(route.params !== undefined ? [{ 404: ['not_found'] }] : []),
    ...(route.body !== undefined || route.consumes !== undefined ? [BYTES] : []),
    ...(route.body !== undefined ? [JSON_BODY] : []),
    ...(route.limit !== undefined ? [{ 429: ['rate_limited'] }] : []),
    route.errorCodes,
  ];
  const statuses = [...new Set(all.flatMap((failures) => Object.keys(failures)))].map(Number);
  return statuses
    .toSorted((left, right) => left - right)
    .map((status) => [
      status,
      [...new Set(all.flatMap((failures) => failures[status] ?? []))].toSorted(),
    ]);
}
