import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { NewPasswordRules } from '../passwords/password-policy.ts';
import type { LinkDescription } from './confirm-link.ts';

interface LinkModel extends LinkDescription {
  /** The random value in the link. */
  readonly link: string;
  /** The rules for the new password that some links need. */
  readonly rules: NewPasswordRules;
  readonly formErrors: FormErrors | null;
}

export interface DeadLinkModel {
  /** `elsewhere_...`: the link works, but not in this browser. */
  readonly reason: 'dead' | 'taken' | `elsewhere_${LinkDescription['purpose']}`;
}

/** The form for the use of the link in this browser. */
export const linkPage = page<LinkModel>('authentication/link.njk');

/** The confirmation that an address was proven. */
export const linkConfirmedPage = page<LinkDescription>('authentication/link-confirmed.njk');

/** A link that cannot be used in this browser, or is no longer valid. */
export const deadLinkPage = page<DeadLinkModel>('authentication/link-dead.njk');
