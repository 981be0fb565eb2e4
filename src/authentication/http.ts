/** The HTTP face of authentication: pages, operations and the words of its messages. */
export { alertRoutes } from './alerts/alert-routes.ts';
export {
  addressRoutes,
  CODE_SENT,
  CONFIRM_FRESH_SECONDS,
  sendAttributeCode,
} from './proofs/address-routes.ts';
export { linkRoutes } from './proofs/link-routes.ts';
export {
  createMailRenderer,
  MAIL_TEMPLATES,
  type MailRenderer,
  tryOwnMailTemplates,
} from './proofs/mail-views.ts';
export { openOwnMailTemplates, type OwnMailTemplates } from './proofs/own-mail-templates-views.ts';
export { createSmsRenderer } from './proofs/sms-views.ts';
export { passkeyPageRoutes } from './passkeys/passkey-page-routes.ts';
export { passkeyRoutes } from './passkeys/passkey-routes.ts';
export { parsePasskeyAnswer, PasskeyAnswer } from './passkeys/passkey-form.ts';
export { secondFactorPageRoutes } from './second-factors/second-factor-page-routes.ts';
export { secondFactorRoutes } from './second-factors/second-factor-routes.ts';
export { credentialRoutes } from './sign-in/credential-routes.ts';
export { securityRoutes } from './sign-in/security-routes.ts';
