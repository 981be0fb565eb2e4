import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { createTranslator } from '../../src/http/pages/i18n.ts';
import { createLanguages, isSameText, textIn, tidyText } from '../../src/platform/languages.ts';

describe('Languages', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'texts-'));
    write('first/greetings/en.json', {
      hello: 'Hello',
      days_one: '{{count}} day',
      days_other: '{{count}} days',
    });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(path: string, words: object): void {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify(words));
  }

  function open({ isStrict = false, with: second = 'first' } = {}) {
    const folders = [...new Set(['first', second])].map((name) => join(folder, name));
    return createTranslator({ folders, isStrict });
  }

  it('are those that have a file, English first', () => {
    for (const locale of ['pt-BR', 'ar']) write(`first/greetings/${locale}.json`, { hello: '…' });
    expect(open().languages.installed).to.deep.equal(['en', 'ar', 'pt-BR']);
  });

  it('can be added by a second folder, which also replaces single texts', () => {
    write('second/greetings/fr.json', { hello: 'Bonjour' });
    write('second/greetings/en.json', { hello: 'Good day' });
    const { languages, translate } = open({ with: 'second' });
    const say = (locale: string, key: string) =>
      translate({ locale, namespace: 'greetings', key, values: { count: 2 } });
    expect(languages.installed).to.deep.equal(['en', 'fr']);
    expect([say('en', 'hello'), say('fr', 'hello')]).to.deep.equal(['Good day', 'Bonjour']);
    expect(say('fr', 'days'), 'a missing text').to.equal('2 days');
  });

  it('have the plural forms of their own rules', () => {
    write('first/greetings/pl.json', {
      hello: 'Cześć',
      days_one: '{{count}} dzień',
      days_few: '{{count}} dni',
      days_many: '{{count}} dni',
    });
    const { translate, gaps } = open({ isStrict: true });
    expect(gaps).to.deep.equal([]);
    const said = [1, 3, 25].map((count) =>
      translate({ locale: 'pl', namespace: 'greetings', key: 'days', values: { count } }),
    );
    expect(said).to.deep.equal(['1 dzień', '3 dni', '25 dni']);
  });

  it('with missing or unused texts stop the start in tests, with a list', () => {
    write('first/greetings/pl.json', { hullo: 'Cześć', days_one: '{{count}} dzień' });
    expect(() => open({ isStrict: true })).to.throw(
      [
        'pl: greetings:hello is missing',
        'pl: greetings:days_many is missing',
        'pl: greetings:days_few is missing',
        'pl: greetings:hullo is not used',
      ].join('\n'),
    );
    expect(open().gaps).to.have.length(4);
  });

  it('are refused under a name that browsers do not send', () => {
    write('first/greetings/pt-br.json', {});
    expect(() => open()).to.throw(/name the file pt-BR\.json/);
  });

  it('are picked by the whole tag, then by the language', () => {
    const { pick } = createLanguages(['en', 'de', 'pt-BR', 'pt-PT']);
    expect(pick(['pt-PT'])).to.equal('pt-PT');
    expect(pick(['pt_br'])).to.equal('pt-BR');
    expect(pick(['de-AT', 'en'])).to.equal('de');
    expect(pick(['pt'])).to.equal('pt-BR');
    expect(pick(['xx', '', 'EN'])).to.equal('en');
    expect(pick(['__proto__', 'xx'])).to.equal(undefined);
  });
});

describe('A text in several languages', () => {
  it('is read in English where the own language is missing or empty', () => {
    const text = { en: 'Name', ru: 'Имя', fr: '' };
    expect(['ru', 'fr', 'de'].map((locale) => textIn(text, locale))).to.deep.equal([
      'Имя',
      'Name',
      'Name',
    ]);
  });

  it('is compared in every language', () => {
    expect(isSameText({ en: 'a', ru: 'b' }, { ru: 'b', en: 'a' })).to.equal(true);
    expect(isSameText({ en: 'a', fr: 'b' }, { en: 'a' })).to.equal(false);
    expect(isSameText(null, null)).to.equal(true);
  });

  it('is stored trimmed, in composed form and without empty languages', () => {
    expect(tidyText({ en: ' ', ru: ' и\u0306 ', fr: '  ' })).to.deep.equal({ en: '', ru: 'й' });
  });
});
