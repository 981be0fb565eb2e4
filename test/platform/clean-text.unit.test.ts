import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { requestProblems } from '../../src/clients/requests/claim-requests.ts';
import { defaultSettings, tidySettings } from '../../src/clients/settings/client-settings.ts';
import { settingsProblems } from '../../src/clients/settings/validate-settings.ts';
import { cleanLine, withoutHidden } from '../../src/platform/clean-text.ts';
import { wordProblems } from '../../src/scopes/validate-scope.ts';

/** Texts that look empty, look like another text, or change the text around them. */
const DECEPTIVE = {
  'a right-to-left override': 'Bank\u202Egnp.exe',
  'a line break': 'Bank\nBcc: x',
  'a zero-width space': 'Ba\u200Bnk',
  'a soft hyphen': 'Ba\u00ADnk',
  'a grapheme joiner': 'Ba\u034Fnk',
  'a Hangul filler': '\u3164',
  'an empty Braille cell': '\u2800',
  'a joiner alone': '\u200D',
  'a variation selector alone': '\uFE0F',
  'characters for private use': '\uE0002026-01-01T00:00:00Z date \uE001free\uE002',
  'a replaced character': 'Ba\uFFFDnk',
  tags: 'Bank\u{E0041}',
  'data in variation selectors': `Bank${'\uFE01'.repeat(6)}`,
  'stacked marks': `Bank${'\u0301'.repeat(20)}`,
  'a mark for the sign before the text': '\u0301Bank',
};
const GOOD = ['Bank', "O'Neil & Søn", '👩‍👩‍👧', 'می‌خواهم', '❤️', 'नमस्ते', 'ไทย', '한국', '葛飾', '!'];

const OUTBOUND = { allowsLoopback: false, internalHosts: [] };
const CATALOGUE = { permittedClaims: () => ['name'], byName: new Map() } as never;

/** Every text that people read on pages and in mails, and that a developer or an administrator writes. */
const PLACES: Readonly<Record<string, (text: string) => object>> = {
  'the name of an app': (name) => {
    const settings = { ...defaultSettings('machine'), name };
    const before = { catalogue: CATALOGUE, scopesBefore: [], outbound: OUTBOUND };
    return settingsProblems({ type: 'machine', settings, ...before });
  },
  'a purpose': (en) =>
    requestProblems(
      [
        {
          claim: 'name',
          necessity: 'voluntary',
          purpose: { en },
          longestDuration: 'until_withdrawn',
        },
      ],
      [],
      CATALOGUE,
    ),
  'the title of a permission': (en) => wordProblems({ title: { en }, description: { en: 'x' } }),
  'the description of a permission': (en) =>
    wordProblems({ title: { en: 'x' }, description: { en } }),
};

describe('Text of one line', () => {
  for (const [title, text] of Object.entries(DECEPTIVE)) {
    it(`is refused with ${title}`, () => {
      expect(cleanLine(text, 60)).to.deep.equal({ code: 'value_has_hidden_characters' });
      for (const [place, problemsOf] of Object.entries(PLACES)) {
        expect(Object.keys(problemsOf(text)), place).to.have.length(1);
      }
    });
  }

  it('is accepted in every script and with emoji', () => {
    for (const text of GOOD) {
      expect(cleanLine(text, 60)).to.deep.equal({ text });
      for (const [place, problemsOf] of Object.entries(PLACES)) {
        expect(problemsOf(text), place).to.deep.equal({});
      }
    }
  });

  it('is stored with single spaces, so that two names cannot differ in their spaces only', () => {
    const settings = { ...defaultSettings('web'), name: ' Book \u2003 shop ' };
    expect(tidySettings(settings).name).to.equal('Book shop');
  });

  it('can be cleaned for a log', () => {
    expect(withoutHidden('a\u202Eb\uE000c\nd')).to.equal('a b c d');
  });

  it('is checked by one rule', () => {
    const source = fileURLToPath(new URL('../../src', import.meta.url));
    const files = fs.globSync('**/*.ts', { cwd: source });
    expect(files.length).to.be.greaterThan(500);
    const own = files.filter((file) =>
      /\\p\{C[fo]\}/.test(fs.readFileSync(path.join(source, file), 'utf8')),
    );
    expect(own).to.deep.equal(['platform/clean-text.ts']);
  });
});
