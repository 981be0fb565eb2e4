import { page } from '../http/pages/page.ts';
import type { FormErrors } from '../http/routing/page-route.ts';
import type { DeletionPreview } from './describe-deletion.ts';

interface DeleteModel extends DeletionPreview {
  /** The word that the person has to enter. */
  readonly word: string;
  readonly formErrors: FormErrors | null;
}

interface DeletedModel {
  readonly purgeAt: Date;
  readonly isRestorable: boolean;
  readonly reference: string;
}

/** The page that confirms the deletion of an account. */
export const deletePage = page<DeleteModel>('deletions/delete.njk');

/** The page after the deletion, with the way to restore the account. */
export const deletedPage = page<DeletedModel>('deletions/deleted.njk');
