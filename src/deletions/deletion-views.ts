import { page } from '../http/pages/page.ts';
import type { FormErrors } from '../http/routing/page-route.ts';
import type { DeletionPreview } from './index.ts';

export interface DeleteModel extends DeletionPreview {
  /** The word that has to be typed. */
  readonly word: string;
  readonly formErrors: FormErrors | null;
}

export interface DeletedModel {
  readonly purgeAt: Date;
  readonly isRestorable: boolean;
  readonly reference: string;
}

const SAMPLE_DATE = new Date('2026-12-20T12:00:00Z');

/** The page that confirms the deletion of an account. */
export const deletePage = page<DeleteModel>('deletions/delete.njk', {
  purgeAt: SAMPLE_DATE,
  isRestorable: true,
  connectedApps: ['Bookshop', 'The library of the town where I grew up'],
  ownedApps: ['My weather station'],
  word: 'delete',
  formErrors: { confirmation: 'word_wrong' },
});

/** The page after the deletion, with the way to restore the account. */
export const deletedPage = page<DeletedModel>('deletions/deleted.njk', {
  purgeAt: SAMPLE_DATE,
  isRestorable: true,
  reference: '0191c0de-0000-4000-8000-000000000000',
});

const WORDS: Readonly<Record<string, string>> = { en: 'delete', ru: 'удалить' };

/** The word that confirms, in the language of the page. */
export function confirmationWord(locale: string): string {
  return WORDS[locale] ?? 'delete';
}
