/** Events about one account. Its history and its export show each with a sentence of `views/audit`. */
export const ACCOUNT_EVENT_KINDS = [
  'account.administrator_changed',
  'account.deleted',
  'account.event_disowned',
  'account.imported',
  'account.registered',
  'account.restored',
  'account.signed_out_everywhere',
  'account.status_changed',
  'attribute.added',
  'attribute.changed',
  'attribute.removed',
  'attribute.verified',
  'authenticator.added',
  'authenticator.removed',
  'client.changed',
  'client.created',
  'client.deleted',
  'client.requests_changed',
  'client.resumed',
  'client.secret_removed',
  'client.secret_rotated',
  'client.suspended',
  'client.unverified',
  'client.verified',
  'consent.denied',
  'export.downloaded',
  'export.failed',
  'export.ready',
  'export.requested',
  'grant.revoked',
  'identifier.taken',
  'password.changed',
  'password.reset',
  'passkey.added',
  'passkey.blocked',
  'passkey.removed',
  'recovery_code.used',
  'recovery_codes.created',
  'second_step.failed',
  'second_step.optional',
  'second_step.required',
  'session.ended',
  'sign_in.failed',
  'sign_in.succeeded',
  'trusted_browsers.removed',
] as const;

const ACCESS_SUBJECTS: ReadonlySet<string> = new Set([
  'authenticator',
  'passkey',
  'password',
  'recovery_code',
  'recovery_codes',
  'second_step',
  'session',
  'sign_in',
  'trusted_browsers',
]);

/** Events about signing in: attempts, sessions, and changes of how the person signs in. */
export const ACCESS_EVENT_KINDS: readonly string[] = ACCOUNT_EVENT_KINDS.filter(
  (kind) =>
    kind === 'account.signed_out_everywhere' || ACCESS_SUBJECTS.has(kind.split('.')[0] ?? ''),
);

/** Steps in the life of a consent. The history reads them from the events of consents, which contain more. */
export const CONSENT_STEP_KINDS = [
  'consent.allowed',
  'consent.changed',
  'consent.expired',
  'consent.handed_back',
  'consent.kept',
  'consent.resumed',
  'consent.suspended',
  'consent.withdrawn',
] as const;

/** Events about the installation; they are in the history of no account. */
export const INSTALLATION_EVENT_KINDS = [
  'claim.changed',
  'claim.defined',
  'claim.retired',
  'resource_server.changed',
  'resource_server.defined',
  'scope.changed',
  'scope.defined',
  'scope.retired',
  'signing_key.activated',
  'signing_key.published',
  'signing_key.removed',
  'signing_key.withdrawn',
] as const;

/** Every kind of event of the audit record. The names are stable. */
export type AuditKind =
  | (typeof ACCOUNT_EVENT_KINDS)[number]
  | (typeof CONSENT_STEP_KINDS)[number]
  | (typeof INSTALLATION_EVENT_KINDS)[number];
