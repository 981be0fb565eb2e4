import type { ClaimGroup } from '../../scopes/index.ts';
import type { ProfileClaim, ProfileModel, ProfileValue } from './profile-views.ts';

/** In the order of the page. */
export const GROUPS: readonly ClaimGroup[] = ['name', 'contact', 'place', 'about', 'other'];

/** One long value. */
export const SAMPLE_VALUE: ProfileValue = {
  id: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  lines: ['anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org'],
  label: 'work',
  isVerified: true,
  isSignInName: true,
  isVerifiable: true,
  isDefault: true,
  hasSiblings: true,
};

const SAMPLE_CLAIM: ProfileClaim = {
  name: 'email',
  title: 'E-mail',
  description: 'An address you can read mail at.',
  icon: 'mail',
  addHref: '/account/emails/add',
  canAdd: true,
  isRetired: false,
  values: [SAMPLE_VALUE, { ...SAMPLE_VALUE, isVerified: false, isDefault: false, label: null }],
};

/** Everything there can be on the page. */
export const profileSample: ProfileModel = {
  groups: GROUPS.map((id) => ({
    id,
    filled: [
      SAMPLE_CLAIM,
      { ...SAMPLE_CLAIM, name: 'name', values: [{ ...SAMPLE_VALUE, isVerifiable: false }] },
      {
        ...SAMPLE_CLAIM,
        name: 'picture',
        values: [{ ...SAMPLE_VALUE, lines: [], isVerifiable: false }],
      },
      { ...SAMPLE_CLAIM, name: 'shoe_size', isRetired: true, canAdd: false },
    ],
    empty: [SAMPLE_CLAIM],
  })),
  isEmpty: false,
  hasSms: true,
  isCheckUpDue: true,
};
