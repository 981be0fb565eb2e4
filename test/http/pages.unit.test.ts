import { expect } from 'chai';
import { parse } from 'node-html-parser';

import { registeredPages } from '../../src/http/pages/page.ts';
import { alteringFields } from '../support/browser/browser-view.ts';
import { sampleOf } from '../support/browser/page-samples.ts';
import { loadPages } from './load-pages.ts';
import { NOW, openApp, type OpenApp } from './open-app.ts';
import { LOCALES } from '../support/translations.ts';

describe('Every page with its sample', () => {
  let app: OpenApp;
  before(async () => {
    app = await openApp();
    await loadPages();
  });
  after(() => app.close());

  it('is registered', () => {
    expect(registeredPages().length).to.be.greaterThan(4);
  });

  for (const locale of LOCALES) {
    it(`renders in ${locale}, with one heading, a language and a title`, () => {
      const failures: string[] = [];
      for (const declared of registeredPages()) {
        try {
          const html = app.kit.templates.render(declared, sampleOf(declared), {
            locale,
            theme: 'system',
            csrfToken: 'token',
            viewer: { name: 'Ana <b>', picture: null, isAdministrator: true },
            flash: null,
            path: '/',
            now: NOW,
          });
          // Mails have neither headings nor forms.
          if (!declared.template.startsWith('mail/')) requireValid(html, locale);
        } catch (error) {
          failures.push(`${declared.template}: ${(error as Error).message}`);
        }
      }
      expect(failures).to.deep.equal([]);
    });
  }
});

function requireValid(html: string, locale: string): void {
  const document = parse(html);
  expect(document.querySelector('html')?.getAttribute('lang')).to.equal(locale);
  expect(document.querySelectorAll('h1').length, 'number of h1').to.equal(1);
  expect(document.querySelector('title')?.text.trim()).to.match(/^\S.* · Consentry$/s);
  expect(html, 'inline style or script').to.not.match(/\sstyle="|\son\w+="|<script>|<style/);
  expect(html, 'unescaped value').to.not.include('Ana <b>');
  expect(html, 'a time outside of its element').to.not.match(
    /&lt;time|="[^"]*<time|[\uE000-\uE002]|\b[A-Z][a-z]{2} \d\d \d{4} \d\d:|>[^<]*\d{4}-\d\d-\d\dT/,
  );
  for (const form of document.querySelectorAll('form')) {
    const isPost = form.getAttribute('method')?.toLowerCase() === 'post';
    // The library has its own token, and forms of apps have none.
    const isOurs = !/^(?:\/session\/end|https:)/.test(form.getAttribute('action') ?? '');
    if (isPost && isOurs) {
      expect(
        form.querySelector('input[name="_csrf"]'),
        `token in ${String(form.getAttribute('action'))}`,
      ).to.not.equal(null);
    }
  }
  expect(alteringFields(html), 'fields that change or refuse text').to.deep.equal([]);
  const ids = document.querySelectorAll('[id]').map((element) => element.id);
  expect(ids.length, `repeated id in ${ids.toSorted().join(' ')}`).to.equal(new Set(ids).size);
}
