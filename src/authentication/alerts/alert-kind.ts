/**
 * The notices with a link by which the person reports that the event was not theirs. The name is that of the mail template. A new
 * kind gets an entry here, its mail in `views/mail`, and its sentence in `views/authentication` (`alert.kind`).
 */
export const ALERT_KINDS = [
  'authenticator-added',
  'authenticator-removed',
  'email-added',
  'new-device',
  'passkey-added',
  'passkey-blocked',
  'passkey-removed',
  'password-changed',
  'password-set',
  'phone-added',
  'recovery-code-used',
  'recovery-codes-created',
  'second-step-failed',
  'second-step-optional',
  'second-step-required',
] as const;

/** The event that a notice is about. */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Does a notice with this template have the link? */
export function isAlertKind(template: string): template is AlertKind {
  return (ALERT_KINDS as readonly string[]).includes(template);
}
