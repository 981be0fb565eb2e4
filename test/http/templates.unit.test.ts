import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { createTranslator } from '../../src/http/pages/i18n.ts';
import { page } from '../../src/http/pages/page.ts';
import { createTemplates } from '../../src/http/pages/templates.ts';

const SCOPE = {
  locale: 'en',
  theme: 'system',
  csrfToken: '',
  viewer: null,
  flash: null,
  path: '/',
  now: new Date(0),
} as const;

describe('The templates', () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-templates-'));
    fs.mkdirSync(path.join(folder, 'slice'));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  function render(template: string, model: object): string {
    const words = { sees: '{{app}} sees {{values}}' };
    fs.writeFileSync(path.join(folder, 'slice', 'en.json'), JSON.stringify(words));
    fs.writeFileSync(path.join(folder, 'slice', 'one.njk'), template);
    const translator = createTranslator({ folders: [folder], isStrict: true });
    const templates = createTemplates({
      folders: [folder],
      isDevelopment: true,
      translator,
      assets: { url: () => '' } as never,
      brand: {} as never,
    });
    return templates.render({ ...page, template: 'slice/one.njk' }, model, SCOPE);
  }

  it('escape the output of a macro in a sentence once', () => {
    const macro = '{% macro seen(title) %}your {{ title }}{% endmacro %}';
    const sentence = "{{ t('sees', { app: app, values: seen(title) | trim }) }}";
    expect(render(`${macro}${sentence}`, { app: 'Fish & Chips', title: "driver's <b>" })).to.equal(
      'Fish &amp; Chips sees your driver&#39;s &lt;b&gt;',
    );
  });

  it('allow a line to end before long parts of an address only', () => {
    const shown = (value: string) => render('{{ breakable(value) }}', { value });
    expect(shown('ana@work.example.org')).to.equal('ana<wbr>@work.example.org');
    expect(shown('ana.konstantinopolskaya@a.long-company.org')).to.equal(
      'ana.konstantinopolskaya<wbr>@a<wbr>.long-company.org',
    );
    expect(shown('https://a.example/b')).to.equal('https://<wbr>a.example/<wbr>b');
  });
});
