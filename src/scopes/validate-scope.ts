import { AppError } from '../platform/app-error.ts';
import type { ClaimCatalogue } from './claims/claim-catalogue.ts';
import { decidingClaim } from './claims/claim-registry.ts';
import { lineProblem } from '../platform/clean-text.ts';
import type { Localized } from '../platform/languages.ts';
import type { Sensitivity } from './sensitivity.ts';

/** The texts and settings of a scope by an administrator. */
export interface ScopeWords {
  readonly title: Localized;
  readonly description: Localized;
  readonly sensitivity: Sensitivity;
}

const TITLE_LENGTH = 60;
const DESCRIPTION_LENGTH = 200;
const CODES = { tooLong: 'text_too_long', hidden: 'text_unprintable' } as const;

/** Field errors of the texts in every language; empty when all is well. */
export function wordProblems(
  words: Pick<ScopeWords, 'title' | 'description'>,
): Record<string, string> {
  return {
    ...localizedProblems('title', words.title, TITLE_LENGTH),
    ...localizedProblems('description', words.description, DESCRIPTION_LENGTH),
  };
}

/** Field errors of one text in every language, as `title.en`. Only English is required. */
export function localizedProblems(
  field: string,
  text: Localized,
  maxLength: number = TITLE_LENGTH,
): Record<string, string> {
  const problems: Record<string, string> = {};
  if (text.en.trim() === '') problems[`${field}.en`] = 'text_missing';
  for (const [language, given = ''] of Object.entries(text)) {
    const problem = lineProblem(given, { maxLength, ...CODES });
    if (problem !== null) problems[`${field}.${language}`] = problem;
  }
  return problems;
}

/** Field errors of the claims of a data scope. */
export function claimProblems(
  claims: readonly string[],
  known: ClaimCatalogue,
): Record<string, string> {
  if (claims.length === 0) return { claims: 'scope_without_claims' };
  const problems: Record<string, string> = {};
  for (const [index, claim] of claims.entries()) {
    const isLive = known.find(decidingClaim(claim) ?? '')?.retiredAt === null;
    if (!isLive) problems[`claims.${String(index)}`] = 'claim_unknown';
  }
  return problems;
}

/** @throws AppError of this code with the problems, if there are any. */
export function refuseProblems(
  problems: Record<string, string>,
  code: 'scope_invalid' | 'resource_server_invalid' | 'claim_invalid',
): void {
  if (Object.keys(problems).length > 0) throw new AppError('invalid', code, { fields: problems });
}
