import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { VIEWS_FOLDER } from '../../src/http/http-kit.ts';
import { textsOf } from '../../src/http/pages/translation-files.ts';
import { LOCALES, translations } from '../support/translations.ts';

const DOCUMENTS = join(VIEWS_FOLDER, '../docs');
/** Texts for developers use the terms of the protocol; others are letters that a person sends to an app. */
const FOR_DEVELOPERS =
  /technical|developer|former\.ask|errors\.(?:jwks|redirect|pairwise|auth_method)|^docs\./;
/** Pages that only developers of this server see. */
const INTERNAL = new Set(['design-guide']);

/** The words that a glossary forbids: in code marks in the last column of its table, and after "Avoid also". */
function forbiddenWords(locale: string): readonly string[] {
  const text = readFileSync(join(DOCUMENTS, `glossary-${locale}.md`), 'utf8');
  const places = text.split('\n').flatMap((line) => {
    if (line.startsWith('Avoid also')) return [line];
    return line.startsWith('| ') ? [line.split('|').at(-2) ?? ''] : [];
  });
  return places.flatMap((place) => [...place.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));
}

/** Matches a forbidden word as a whole; `*` is any ending. */
function matcherOf(word: string): RegExp {
  const escaped = word.replaceAll(/[.?{}()|^$[\]\\+]/g, String.raw`\$&`);
  const pattern = escaped.replaceAll('*', String.raw`\p{L}*`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}-])${pattern}(?![\p{L}\p{N}])`, 'iu');
}

function problemsIn(place: string, text: string, words: readonly string[]): string[] {
  const shown = text.replaceAll(/\{\{(?!app\}\}).*?\}\}/g, '…');
  const found = words.filter((word) => matcherOf(word).test(shown));
  return found.map((word) => `${place}: “${word}” in “${text}”`);
}

describe('The wording of the pages', () => {
  it('has a glossary for every language', () => {
    for (const locale of LOCALES) expect(forbiddenWords(locale).length, locale).to.be.above(40);
  });

  it('is checked: a forbidden word is found with its ending, and only as a whole word', () => {
    expect(problemsIn('here', 'Ваш Аккаунтик готов', ['аккаунт*'])).to.have.length(1);
    expect(problemsIn('here', 'Log in here', ['log in'])).to.have.length(1);
    expect(problemsIn('here', 'A catalog in here', ['log in'])).to.deep.equal([]);
  });

  for (const locale of LOCALES) {
    it(`uses no forbidden word of its glossary: ${locale}`, () => {
      const words = forbiddenWords(locale);
      const problems = Object.entries(translations[locale] ?? {})
        .filter(([namespace]) => !INTERNAL.has(namespace))
        .flatMap(([namespace, texts]) =>
          [...textsOf(texts)]
            .filter(([key]) => !FOR_DEVELOPERS.test(key))
            .flatMap(([key, text]) =>
              problemsIn(`views/${namespace}/${locale}.json ${key}`, text, words),
            ),
        );
      expect(problems).to.deep.equal([]);
    });
  }

  it('uses the marks of its language', () => {
    // A text message with a mark outside of its alphabet has half of the length.
    const wrong: Readonly<Record<string, RegExp>> = { en: /\p{L}'\p{Ll}|"/u, ru: /[“”"]/u };
    const problems = Object.entries(wrong).flatMap(([locale, marks]) =>
      Object.entries(translations[locale] ?? {})
        .filter(([namespace]) => namespace !== 'sms' && !INTERNAL.has(namespace))
        .flatMap(([namespace, texts]) =>
          [...textsOf(texts)]
            .filter(
              ([key, text]) =>
                !FOR_DEVELOPERS.test(key) && marks.test(text.replaceAll(/<[^>]*>/g, '')),
            )
            .map(([key, text]) => `views/${namespace}/${locale}.json ${key}: ${text}`),
        ),
    );
    expect(problems).to.deep.equal([]);
  });

  it('gives the name of an app no gender in Russian', () => {
    const neuter =
      /(?<!приложение )\{\{app\}\} (?:не |уже |больше |давно )?\p{L}{2,}ло(?:сь)?(?!\p{L})/iu;
    const problems = Object.entries(translations['ru'] ?? {}).flatMap(([namespace, texts]) =>
      [...textsOf(texts)]
        .filter(([, text]) => neuter.test(text))
        .map(([key, text]) => `views/${namespace}/ru.json ${key}: ${text}`),
    );
    expect(problems).to.deep.equal([]);
  });

  it('is in the translations, not in templates', () => {
    // Code that developers copy is not translated.
    const files = globSync('**/*.njk', { cwd: VIEWS_FOLDER }).filter(
      (file) => !file.startsWith('clients/samples/'),
    );
    expect(files.length).to.be.above(60);
    const problems = files.flatMap((file) => {
      const text = readFileSync(join(VIEWS_FOLDER, file), 'utf8')
        .replaceAll(/\{#[\s\S]*?#\}|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}|<!--[\s\S]*?-->|<[^>]*>/g, ' ')
        .replaceAll(/&\w+;/g, ' ');
      // Names of attributes and of files are left where a tag has a `>` in an expression.
      return [...text.matchAll(/\p{Lu}\p{Ll}+ \p{Ll}+|[а-яё]{3,}/gu)].map(
        ([word]) => `${file}: ${word}`,
      );
    });
    expect(problems).to.deep.equal([]);
  });
});
