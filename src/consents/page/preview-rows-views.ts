import { UPDATED_AT } from '../../scopes/index.ts';
import type { ConsentItemView } from './consent-item-views.ts';
import { presentPreview, type PreviewModel } from './preview-views.ts';

interface Answers {
  readonly userinfo: object | null;
  readonly idToken: object | null;
}

/** The answers to an app after the decision on the page, in words and word for word. */
export interface ConsentPreview extends PreviewModel {
  readonly rows: readonly { readonly title: string; readonly value: string }[];
  /** The answers also state when a value was last changed. */
  readonly hasUpdatedAt: boolean;
}

/** A row for each value in the answers, in the order of the page. */
export function presentPreviewRows(
  answers: Answers,
  items: readonly ConsentItemView[],
): ConsentPreview {
  const names = new Set(Object.keys({ ...answers.idToken, ...answers.userinfo }));
  return {
    ...presentPreview(answers),
    rows: items
      .filter(({ claim }) => names.has(claim))
      .map(({ title, choices, selected }) => ({
        title,
        value: choices.find(({ value }) => value === selected)?.label ?? '',
      })),
    hasUpdatedAt: names.has(UPDATED_AT),
  };
}
