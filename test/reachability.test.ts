import { expect } from 'chai';

import {
  ACCOUNT_EVENT_KINDS,
  CONSENT_STEP_KINDS,
  INSTALLATION_EVENT_KINDS,
} from '../src/audit/audit-kind.ts';
import { CONSENT_EVENT_KINDS } from '../src/receipts/index.ts';
import { CHANGE_TOPICS } from '../src/platform/change-feed.ts';
import { readSource, type SourceFacts, textOf } from './support/source-program.ts';
import { LOCALES, translations } from './support/translations.ts';

/** Copies a failure with the code that it has. */
const COPIES = 'src/platform/app-error.ts';

/** The names below one key of the words, with dots. */
function namesBelow(words: unknown, prefix = ''): string[] {
  if (typeof words !== 'object' || words === null) return [];
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === 'object' ? namesBelow(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

describe('The source', function () {
  this.timeout(120_000);
  let facts: SourceFacts;

  before(() => {
    facts = readSource();
  });

  it('uses each use case of each slice in a route, a command, a job or another use case', () => {
    expect(facts.members).to.be.above(150);
    expect(facts.unusedMembers).to.deep.equal([]);
  });

  it('has a literal type for every code of an expected failure', () => {
    expect(facts.errors).to.have.length.above(150);
    const vague = facts.errors
      .filter(({ codes, file }) => codes === null && file !== COPIES)
      .map(({ file }) => file);
    expect(vague).to.deep.equal([]);
  });

  for (const locale of LOCALES) {
    it(`has a sentence for every code of an expected failure: ${locale}`, () => {
      const sentences = new Set(
        Object.values(translations[locale] ?? {}).flatMap((words) =>
          namesBelow((words as { readonly errors?: object }).errors),
        ),
      );
      // Only commands can end with these, and print the detail.
      const mute = facts.errors
        .filter(({ hasDetail }) => !hasDetail)
        .flatMap(({ codes, file }) => (codes ?? []).map((code) => ({ code, file })))
        .filter(({ code }) => !sentences.has(code));
      expect(mute).to.deep.equal([]);
    });

    it(`creates every code that has a sentence: ${locale}`, () => {
      const codes = Object.values(translations[locale] ?? {}).flatMap((words) =>
        namesBelow((words as { readonly errors?: object }).errors),
      );
      expect(codes).to.have.length.above(150);
      expect(codes.filter((code) => !facts.texts.has(code))).to.deep.equal([]);
    });

    it(`has a sentence for every kind of event in the history of an account: ${locale}`, () => {
      const { kind } = translations[locale]?.['audit'] ?? {};
      // `other` stands for kinds of newer releases.
      const kinds = namesBelow(kind).filter((name) => name !== 'other');
      expect(kinds.toSorted()).to.deep.equal([...ACCOUNT_EVENT_KINDS].toSorted());
    });
  }

  it('covers every code of an expected failure by a test, or documents it at the operations', () => {
    const known = textOf('test', 'docs/openapi.json');
    // The tests of commands compare the detail, which the operator reads.
    const shown = facts.errors.filter(({ hasDetail }) => !hasDetail);
    const codes = new Set(shown.flatMap((error) => error.codes ?? []));
    const unknown = [...codes].filter((code) => !new RegExp(`\\b${code}\\b`).test(known));
    expect(unknown).to.deep.equal([]);
  });

  it('writes every kind of event that the audit record can hold', () => {
    const kinds = [...ACCOUNT_EVENT_KINDS, ...INSTALLATION_EVENT_KINDS];
    // The list itself is a part of the source, so a kind has to stand there once more.
    const written = textOf('src').split('\n');
    const silent = kinds.filter(
      (kind) => written.filter((line) => line.includes(`'${kind}'`)).length < 2,
    );
    expect(silent).to.deep.equal([]);
    expect([...CONSENT_STEP_KINDS].toSorted()).to.deep.equal(
      CONSENT_EVENT_KINDS.map((kind) => `consent.${kind}`).toSorted(),
    );
    // Each step gives its kind to `transition`, alone or as one of two.
    const steps = [
      ...textOf('src/consents').matchAll(/\bkind: (?:[^\n,']*\? )?'(\w+)'(?: : '(\w+)')?/g),
    ];
    const writtenSteps = new Set(steps.flatMap(([, one = '', other = '']) => [one, other]));
    expect(CONSENT_EVENT_KINDS.filter((kind) => !writtenSteps.has(kind))).to.deep.equal([]);
  });

  it('publishes every topic of the change feed, and has a subscriber for it', () => {
    expect([...facts.published].toSorted()).to.deep.equal([...CHANGE_TOPICS].toSorted());
    const topics: readonly string[] = CHANGE_TOPICS;
    const deaf = topics.filter((topic) => !facts.subscribed.has(topic));
    expect(deaf).to.deep.equal([]);
  });
});
