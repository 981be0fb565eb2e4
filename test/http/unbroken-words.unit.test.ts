import { expect } from 'chai';

import { createWordKeeper } from '../../src/http/pages/unbroken-words.ts';
import { translator } from '../support/translations.ts';

describe('Words with a short part before or after their hyphen', () => {
  const unbroken = createWordKeeper(translator.texts);
  const shown = (html: string) => unbroken(html).replaceAll('\u2060', '~');

  it('stay on one line in a sentence of a page', () => {
    expect(shown('<p>Enter the 6-digit code (from the e-mail).</p>')).to.equal(
      '<p>Enter the 6-~digit code (from the e-~mail).</p>',
    );
    expect(shown('<p>Если приложение что-то читало</p>')).to.equal(
      '<p>Если приложение что-~то читало</p>',
    );
  });

  it('are unchanged in values and wherever a text is not laid out', () => {
    for (const html of [
      '<b>Ask at e-mail@x.org or sign-in.example</b>',
      '<b>one x-mailer</b>',
      '<input value="my e-mail">',
      '<textarea>my e-mail</textarea>',
      '<title>Your e-mail</title>',
      '<script type="application/json">"the e-mail"</script>',
    ]) {
      expect(shown(html)).to.equal(html);
    }
  });
});
