import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { UsernameState } from './check-username.ts';

export interface UsernameModel {
  readonly action: string;
  readonly cancelHref: string;
  readonly username: string;
  readonly label: string;
  /** The result of the check; null before it. */
  readonly found: UsernameState | null;
  readonly formErrors: FormErrors | null;
}

/** Adds a username, and checks whether it is free. */
export const usernamePage = page<UsernameModel>('vault/username.njk');
