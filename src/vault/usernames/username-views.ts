import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { UsernameState } from './check-username.ts';

export interface UsernameModel {
  readonly username: string;
  readonly label: string;
  /** The result of the check; null before it. */
  readonly found: UsernameState | null;
  readonly formErrors: FormErrors | null;
}

/** A further username, with a look whether it is free. */
export const usernamePage = page<UsernameModel>('vault/username.njk', {
  username: 'anastasia.konstantinopolskaya',
  label: 'games',
  found: {
    state: 'free',
    problem: null,
    services: [
      { name: 'Example Social', state: 'taken' },
      { name: 'Example Games', state: 'unknown' },
      { name: 'Example Chat', state: 'free' },
    ],
  },
  formErrors: { label: 'value_too_long' },
});
