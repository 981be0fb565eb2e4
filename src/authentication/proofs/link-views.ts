import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { ConfirmedLink, LinkDescription } from '../index.ts';

export interface LinkModel extends LinkDescription {
  /** The random value in the link. */
  readonly link: string;
  readonly formErrors: FormErrors | null;
}

export interface DeadLinkModel {
  /** `elsewhere_...`: the link works, but not in this browser. */
  readonly reason: 'dead' | 'taken' | `elsewhere_${LinkDescription['purpose']}`;
}

const EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';

/** One form, for what the link can be used for in this browser. */
export const linkPage = page<LinkModel>('authentication/link.njk', {
  purpose: 'registration',
  use: 'choose_password',
  email: EMAIL,
  interactionUid: null,
  link: 'nQ2-KJ6o5i0k1ZBbA7cEJX2cQm4rWc0o3sV1mXh9T5Y',
  formErrors: { newPassword: 'password_too_short' },
});

/** Says what was proven, and no more. */
export const linkConfirmedPage = page<ConfirmedLink>('authentication/link-confirmed.njk', {
  purpose: 'registration',
  email: EMAIL,
});

/** A link that proves nothing here, or nothing any more. */
export const deadLinkPage = page<DeadLinkModel>('authentication/link-dead.njk', {
  reason: 'elsewhere_attribute',
});
