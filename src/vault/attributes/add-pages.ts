import { AVATAR_CLAIM } from '../avatars/avatar.ts';

/** Values that are added on a page of their own. */
export const ADD_PAGES: Readonly<Record<string, string>> = {
  email: '/account/emails/add',
  phone_number: '/account/phones/add',
  preferred_username: '/account/usernames/add',
  [AVATAR_CLAIM]: '/account/pictures/add',
};

/** Is a value of this claim added on a page of its own? */
export function hasOwnPage(claim: string): boolean {
  return claim in ADD_PAGES;
}
