import fs from 'node:fs';

import { expect } from 'chai';

import { createMailRenderer, MAIL_TEMPLATES } from '../../src/authentication/proofs/mail-views.ts';
import { createSmsRenderer } from '../../src/authentication/proofs/sms-views.ts';
import { createHttpKit } from '../../src/http/http-kit.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { settableClock } from '../support/clock.ts';
import { LOCALES, translator } from '../support/translations.ts';

const ORIGIN = 'https://id.example.org';
const HOSTILE = '"><img src=x>@example.org';

describe('the texts of messages', () => {
  const clock = settableClock();
  const kit = createHttpKit({
    logger: createLogger({ level: 'silent' }),
    translator,
    settings: {
      issuer: ORIGIN,
      trustedProxies: [],
      // Strict: a missing text throws an error.
      isDevelopment: true,
      cookieSecrets: [Buffer.alloc(32, 1)],
      clock,
    },
    describeViewer: () => Promise.resolve({ name: '', picture: null, isAdministrator: false }),
  });
  const renderMail = createMailRenderer({ ...kit, clock, origin: ORIGIN });
  const renderSms = createSmsRenderer({ ...kit, origin: ORIGIN });

  for (const locale of LOCALES) {
    it(`exist for every mail as text and HTML, ${locale}`, () => {
      for (const template of MAIL_TEMPLATES) {
        const { subject, text, html } = renderMail({
          to: 'ana@example.org',
          template,
          locale,
          values: valuesOf('mail', locale, template),
        });
        expect(subject, template).to.not.equal('');
        expect(text, template).to.include(ORIGIN).and.not.include('{{');
        expect(html, template).to.include(`lang="${locale}"`).and.not.include('{{');
        expect(html, template).to.not.include('<img');
        // Each paragraph of the one is in the other.
        for (const paragraph of text.split('\n\n').slice(0, -1)) {
          const words = paragraph.split(': http')[0]?.trim() ?? '';
          if (!words.includes(HOSTILE)) expect(unescape(html), template).to.include(words);
        }
      }
    });

    it(`exist for every text message, ${locale}`, () => {
      for (const template of Object.keys(wordsOf('sms', locale))) {
        const values = valuesOf('sms', locale, template);
        const text = renderSms({ to: '+442079460018', template, locale, values });
        expect(text, template).to.include('id.example.org').and.not.include('{{');
        expect(text, template).to.not.match(/https?:/);
      }
    });
  }

  it('begin with the name of the service, and with its logo inside the mail', () => {
    const serviceLogo = Buffer.from('a PNG file');
    const brand = { ...kit.brand, name: 'City Library' };
    const render = createMailRenderer({ ...kit, brand, clock, origin: ORIGIN, serviceLogo });
    for (const template of MAIL_TEMPLATES) {
      const values = valuesOf('mail', 'en', template);
      const { html, images } = render({ to: 'ana@example.org', template, locale: 'en', values });
      expect(html, template).to.match(/<img src="cid:service-logo"[^>]+><span[^>]+>City Library</);
      expect(images, template).to.deep.equal([
        { cid: 'service-logo', contentType: 'image/png', content: serviceLogo },
      ]);
    }
  });

  it('offer the link of a code in a mail, and only there', () => {
    const mail = { to: 'ana@example.org', template: 'attribute-code', locale: 'en' } as const;
    const values = { code: '042317', minutes: 10 };
    const withLink = renderMail({ ...mail, values: { ...values, link: 'abc_-1' } });
    expect(withLink.text).to.include(`Confirm this address: ${ORIGIN}/confirm/abc_-1`);
    expect(withLink.html).to.include(`href="${ORIGIN}/confirm/abc_-1"`);
    const without = renderMail({ ...mail, values });
    expect(without.text).to.not.include('/confirm/').and.not.include('24 hours');
  });
});

type Words = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

function wordsOf(namespace: 'mail' | 'sms', locale: string): Words {
  const file = new URL(`../../views/${namespace}/${locale}.json`, import.meta.url);
  return JSON.parse(fs.readFileSync(file, 'utf8')) as Words;
}

/** A hostile value for every placeholder of a template. */
function valuesOf(
  namespace: 'mail' | 'sms',
  locale: string,
  template: string,
): Record<string, string> {
  const words = JSON.stringify(wordsOf(namespace, locale)[template]);
  const names = [...words.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name);
  const values = names.filter((name) => name !== 'host').map((name) => [name, HOSTILE] as const);
  return Object.fromEntries(values);
}

function unescape(html: string): string {
  return html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
