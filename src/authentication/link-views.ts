import { page } from '../http/page.ts';
import type { LinkDescription } from './index.ts';

export interface LinkModel extends LinkDescription {
  /** What is in the link. */
  readonly link: string;
}

const SAMPLE: LinkDescription = {
  purpose: 'registration',
  email: 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org',
};

/** One button that proves an e-mail. */
export const linkPage = page<LinkModel>('authentication/link.njk', {
  ...SAMPLE,
  link: 'nQ2-KJ6o5i0k1ZBbA7cEJX2cQm4rWc0o3sV1mXh9T5Y',
});

/** Says what was proven, and no more. */
export const linkConfirmedPage = page<LinkDescription>('authentication/link-confirmed.njk', SAMPLE);

/** A link that proves nothing any more. */
export const deadLinkPage = page<{ readonly reason: 'dead' | 'taken' }>(
  'authentication/link-dead.njk',
  { reason: 'dead' },
);
