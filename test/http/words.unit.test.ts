import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { createFormats } from '../../src/platform/formats.ts';
import { createTranslator } from '../../src/http/pages/i18n.ts';
import { textsOf, translationGaps } from '../../src/http/pages/translation-files.ts';
import { VIEWS_FOLDER } from '../../src/http/http-kit.ts';
import { LOCALES, translations, translator } from '../support/translations.ts';

const PROJECT = join(VIEWS_FOLDER, '..');
const NAMESPACES = Object.keys(translations['en'] ?? {});

function textsIn(locale: string, namespace: string): Map<string, string> {
  return textsOf(translations[locale]?.[namespace]);
}

function placeholdersOf(text: string): string {
  const names = [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name = '']) => name);
  return [...new Set(names)].toSorted().join(',');
}

describe('The texts of the pages', () => {
  it('exist for every folder with pages', () => {
    const folders = readdirSync(VIEWS_FOLDER).filter((folder) => {
      const place = join(VIEWS_FOLDER, folder);
      return folder !== 'assets' && readdirSync(place).some((file) => file.endsWith('.njk'));
    });
    expect(folders).to.have.length.above(15);
    for (const folder of folders) {
      for (const locale of LOCALES)
        expect(existsSync(join(VIEWS_FOLDER, folder, `${locale}.json`)), folder).to.equal(true);
    }
  });

  it('are the same in every language, with all plural forms', () => {
    expect(translationGaps(translations)).to.deep.equal([]);
  });

  for (const locale of LOCALES) {
    it(`have the placeholders of the English text: ${locale}`, () => {
      for (const namespace of NAMESPACES) {
        const english = textsIn('en', namespace);
        for (const [key, text] of textsIn(locale, namespace)) {
          const original = english.get(key);
          if (original === undefined || /_(?:zero|one|two)$/.test(key)) continue;
          expect(placeholdersOf(text), `${namespace}:${key}`).to.equal(placeholdersOf(original));
        }
      }
    });

    it(`contain no protocol terms: ${locale}`, () => {
      for (const namespace of NAMESPACES) {
        // Texts for developers and technical details use the protocol terms.
        const shown = [...textsIn(locale, namespace)]
          .filter(([key]) => !/technical|developer/i.test(key))
          .map(([, text]) => text.replaceAll(/\{\{.*?\}\}|<[^>]*>/g, ''))
          .join('\n');
        expect(/\b(scope|claim|grant|token)s?\b/i.exec(shown)?.[0], namespace).to.equal(undefined);
      }
    });
  }

  it('throw when missing in tests and development, and are shown as keys in production', () => {
    const request = { locale: 'ru', namespace: 'common', key: 'no.such.key' } as const;
    expect(() => translator.translate(request)).to.throw(/no translation of no.such.key/);
    const lenient = createTranslator({ folders: [VIEWS_FOLDER], isStrict: false });
    expect(lenient.translate(request)).to.equal('no.such.key');
  });

  it('are escaped for markup on request only', () => {
    const base = { locale: 'en', namespace: 'consents', key: 'consent.signedInAs' } as const;
    const values = { name: '<img src=x>' };
    expect(translator.translate({ ...base, values, escapeValues: true })).to.include(
      '<b>&lt;img src',
    );
    expect(() => translator.translate(base)).to.throw(/no value for/);
  });
});

describe('Dates and numbers', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const moment = new Date('2026-11-17T23:30:00Z');

  it('are formatted in the language of the reader', () => {
    const english = createFormats({ locale: 'en', now });
    const russian = createFormats({ locale: 'ru', now });
    expect(english.date(moment)).to.equal('17 November 2026');
    expect(russian.date(moment)).to.equal('17 ноября 2026');
    expect(english.dateTime(moment)).to.equal('17 November 2026 at 23:30 UTC');
    expect(english.relative(moment)).to.equal('2 days ago');
    expect(russian.relative(moment)).to.equal('позавчера');
    expect(russian.number(1234567).replaceAll('\u00a0', ' ')).to.equal('1 234 567');
    expect(english.list(['name', 'e-mail', 'phone'])).to.equal('name, e-mail and phone');
  });

  it('are formatted in one place', () => {
    const own =
      /Intl\.(?:DateTimeFormat|NumberFormat|ListFormat|RelativeTimeFormat)\(|toLocale(?:Date|Time)?String\(/;
    const files = globSync('src/**/*.ts', { cwd: PROJECT }).filter((file) =>
      own.test(readFileSync(join(PROJECT, file), 'utf8')),
    );
    // The second computes days, and writes no text that a person reads.
    expect(files.toSorted()).to.deep.equal([
      'src/platform/formats.ts',
      'src/platform/time-zones.ts',
    ]);
  });

  it('are written by pages with the functions of the templates only', () => {
    const own = /<time\b|\btimeTag\b|toISOString|toLocale|getFullYear|getUTC/;
    const files = globSync('views/**/*.njk', { cwd: PROJECT });
    expect(files.length).to.be.greaterThan(100);
    const breaches = files.filter((file) => own.test(readFileSync(join(PROJECT, file), 'utf8')));
    expect(breaches).to.deep.equal([]);
  });

  it('are the same day of a calendar in every time zone', () => {
    const day = new Date('2026-11-17T00:00:00Z');
    for (const timeZone of ['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      expect(createFormats({ locale: 'en', now, timeZone }).calendarDay(day)).to.equal(
        '17 November 2026',
      );
    }
  });

  it('name their zone unless it is known to be that of the reader', () => {
    const own = createFormats({ locale: 'en', now, timeZone: 'Europe/Moscow', zoneName: 'none' });
    expect([own.time(moment), own.dateTime(moment)]).to.deep.equal([
      '02:30',
      '18 November 2026 at 02:30',
    ]);
    expect(createFormats({ locale: 'en', now }).time(moment)).to.equal('23:30 UTC');
  });

  it('use the time zone of the account', () => {
    const formats = createFormats({ locale: 'en', now, timeZone: 'Europe/Moscow' });
    expect(formats.date(moment)).to.equal('18 November 2026');
  });
});
