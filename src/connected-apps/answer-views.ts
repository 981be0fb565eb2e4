import { UPDATED_AT, type ClaimCatalogue } from '../scopes/index.ts';
import { AVATAR_CLAIM, valueLines, type AttributeValue } from '../vault/index.ts';

/** One member of an answer to an app, in words. */
interface AnswerRow {
  readonly claim: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** The answer states whether the value is confirmed; null: it states nothing about that. */
  readonly isConfirmed: boolean | null;
}

/** Members with a text of their own: the identifier of the person, and the time of the last change. */
const SPECIAL: ReadonlySet<string> = new Set(['sub', UPDATED_AT, AVATAR_CLAIM]);

/** The answer to an app in words, for the person; null: the app is refused. */
export function presentAnswer(
  answer: Readonly<Record<string, unknown>> | null,
  claims: ClaimCatalogue,
  locale: string,
): { readonly rows: readonly AnswerRow[]; readonly special: readonly string[] } | null {
  if (answer === null) return null;
  const names = Object.keys(answer);
  const companions = new Set<string>(
    names.flatMap((name) => claims.find(name)?.verifiedClaim ?? []),
  );
  const shown = names.filter((name) => !SPECIAL.has(name) && !companions.has(name));
  return {
    rows: shown.map((claim) => {
      const definition = claims.find(claim);
      const companion = answer[definition?.verifiedClaim ?? ''];
      return {
        claim,
        title: claims.titleOf(claim, locale),
        lines: isValue(answer[claim])
          ? valueLines(answer[claim], definition, locale)
          : [JSON.stringify(answer[claim])],
        isConfirmed: typeof companion === 'boolean' ? companion : null,
      };
    }),
    special: names.filter((name) => SPECIAL.has(name)),
  };
}

function isValue(value: unknown): value is AttributeValue {
  const kind = typeof value;
  if (kind === 'string' || kind === 'number' || kind === 'boolean') return true;
  return (
    value !== null &&
    kind === 'object' &&
    Object.values(value as object).every((member) => typeof member === 'string')
  );
}
