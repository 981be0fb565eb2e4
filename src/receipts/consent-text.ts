import { createHash } from 'node:crypto';

/** One line of the text of a page. */
export interface ConsentTextLine {
  readonly role: 'heading' | 'item' | 'purpose' | 'permission' | 'note';
  readonly text: string;
}

/**
 * The exact text that a person read before deciding, without personal values. A receipt contains its hash; the text is
 * stored once for all people who read it.
 */
export interface ConsentText {
  readonly page: 'consent' | 'change' | 'end';
  /** Increased when the page arranges the same texts in another way. */
  readonly pageVersion: number;
  readonly locale: string;
  /** The app's name as it was shown. */
  readonly app: string;
  readonly lines: readonly ConsentTextLine[];
}

/** A text as it is stored. */
export interface WrittenText {
  readonly content: string;
  /** SHA-256 of `content`. */
  readonly hash: Buffer;
}

/** Writes a text in canonical form, so that equal texts have equal hashes. */
export function writeConsentText(text: ConsentText): WrittenText {
  const { page, pageVersion, locale, app, lines } = text;
  const content = JSON.stringify({
    page,
    pageVersion,
    locale,
    app,
    lines: lines.map((line) => ({ role: line.role, text: line.text })),
  });
  return { content, hash: createHash('sha256').update(content).digest() };
}

/** Reads the text that {@link writeConsentText} wrote. */
export function readConsentText(content: string): ConsentText {
  return JSON.parse(content) as ConsentText;
}
