import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { createFormats } from '../../src/http/pages/formats.ts';
import { createTranslator, LOCALES, readResources } from '../../src/http/pages/i18n.ts';
import { VIEWS_FOLDER } from '../../src/http/http-kit.ts';

const PLURALS = /_(zero|one|two|few|many|other)$/;

function keysOf(node: object, prefix = ''): string[] {
  return Object.entries(node).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? keysOf(value as object, `${prefix}${name}.`)
      : [`${prefix}${name}`],
  );
}

const compare = (left = '', right = ''): number => left.localeCompare(right);

function textAt(node: object, key: string): string {
  const path = key.split('.');
  return String(
    path.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], node),
  );
}

function placeholders(node: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const key of keysOf(node, prefix)) {
    const names = [...textAt(node, key).matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name);
    found.set(key, [...new Set(names)].toSorted(compare).join(','));
  }
  return found;
}

describe('The texts of the pages', () => {
  const resources = readResources(VIEWS_FOLDER);
  const namespaces = Object.keys(resources.en);

  it('exist for every folder with pages', () => {
    const folders = readdirSync(VIEWS_FOLDER, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const withPages = folders.filter(({ name }) =>
      readdirSync(join(VIEWS_FOLDER, name)).some((file) => file.endsWith('.njk')),
    );
    for (const { name } of withPages) {
      for (const locale of LOCALES)
        expect(resources[locale], `${name}/${locale}.json`).to.have.property(name);
    }
  });

  for (const namespace of namespaces) {
    it(`${namespace}: English and Russian have the same keys`, () => {
      const stems = (locale: (typeof LOCALES)[number]): string[] => {
        const keys = keysOf(resources[locale][namespace] ?? {}).map((key) =>
          key.replace(PLURALS, '_plural'),
        );
        return [...new Set(keys)].toSorted();
      };
      expect(stems('ru')).to.deep.equal(stems('en'));
    });

    it(`${namespace}: both languages use the same placeholders`, () => {
      const english = placeholders(resources.en[namespace] ?? {});
      const russian = placeholders(resources.ru[namespace] ?? {});
      for (const [key, names] of english) {
        if (russian.has(key) && !PLURALS.test(key)) expect(russian.get(key), key).to.equal(names);
      }
    });

    it(`${namespace}: Russian has all plural forms`, () => {
      const keys = new Set(keysOf(resources.ru[namespace] ?? {}));
      for (const key of [...keys].filter((name) => name.endsWith('_one'))) {
        const stem = key.replace(PLURALS, '');
        for (const form of ['one', 'few', 'many'])
          expect(keys.has(`${stem}_${form}`), `${stem}_${form}`).to.equal(true);
      }
    });

    it(`${namespace}: texts for people contain no protocol terms`, () => {
      for (const locale of LOCALES) {
        const words = resources[locale][namespace] ?? {};
        // Texts for developers and technical details use the protocol terms.
        const keys = keysOf(words).filter((key) => !/technical|developer/i.test(key));
        const shown = keys
          .map((key) => textAt(words, key).replaceAll(/\{\{.*?\}\}|<[^>]*>/g, ''))
          .join('\n');
        expect(/\b(scope|claim|grant|token)s?\b/i.exec(shown)?.[0]).to.equal(undefined);
      }
    });
  }

  it('throw when missing in tests and development, and are shown as keys in production', () => {
    const request = { locale: 'ru', namespace: 'common', key: 'no.such.key' } as const;
    const strict = createTranslator({ viewsFolder: VIEWS_FOLDER, isStrict: true });
    expect(() => strict.translate(request)).to.throw(/no translation of no.such.key/);
    const lenient = createTranslator({ viewsFolder: VIEWS_FOLDER, isStrict: false });
    expect(lenient.translate(request)).to.equal('no.such.key');
  });

  it('are escaped for markup on request only', () => {
    const translator = createTranslator({ viewsFolder: VIEWS_FOLDER, isStrict: true });
    const base = { locale: 'en', namespace: 'design-guide', key: 'consent.signedIn' } as const;
    const values = { email: '<img src=x>' };
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
    expect(russian.date(moment)).to.equal('17 ноября 2026 г.');
    expect(english.dateTime(moment)).to.equal('17 November 2026 at 23:30 UTC');
    expect(english.relative(moment)).to.equal('2 days ago');
    expect(russian.relative(moment)).to.equal('позавчера');
    expect(russian.number(1234567).replaceAll('\u00a0', ' ')).to.equal('1 234 567');
    expect(english.list(['name', 'e-mail', 'phone'])).to.equal('name, e-mail and phone');
  });

  it('use the time zone of the account', () => {
    const formats = createFormats({ locale: 'en', now, timeZone: 'Europe/Moscow' });
    expect(formats.date(moment)).to.equal('18 November 2026');
  });
});
