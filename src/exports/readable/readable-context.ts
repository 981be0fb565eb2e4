import { titlesInSentence } from '../../platform/formats.ts';
import type { ClaimCatalogue, Scopes } from '../../scopes/index.ts';
import type { ExportSubject, ExportWords } from '../export-section.ts';
import type { SectionContext } from '../export-sections.ts';

/** The dependencies of the readable page. */
export interface ReadableContext extends Omit<SectionContext, 'receipts'> {
  readonly scopes: Pick<Scopes, 'catalogue' | 'claims'>;
  readonly words: ExportWords;
  readonly clock: { readonly now: () => Date };
}

/** Translations and formats of one readable page. */
export function wordsFor(
  { words, clock }: Pick<ReadableContext, 'words' | 'clock'>,
  subject: ExportSubject,
) {
  const { locale, timeZone } = subject;
  return {
    say: (key: string | readonly string[], values: Readonly<Record<string, unknown>> = {}) =>
      words.translate(locale, key, values),
    formats: words.formats({ locale, now: clock.now(), timeZone }),
  };
}

export type Words = ReturnType<typeof wordsFor>;

/** Titles of claims inside a sentence. */
export function claimsInSentence(
  names: readonly string[],
  claims: ClaimCatalogue,
  locale: string,
): string {
  return titlesInSentence(names.map((claim) => claims.titleOf(claim, locale)));
}
