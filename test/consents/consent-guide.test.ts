import { expect } from 'chai';

import { visitorAt } from '../support/people/people.ts';
import { startTestServer } from '../support/servers/server.ts';

const GUIDE = '/design/interaction';

describe('The consent page in the design guide', () => {
  it('is the page that people get, in every language', async () => {
    const server = await startTestServer({ config: { mode: 'development' } });
    for (const [locale, words] of [
      ['en', 'Bookshop wants to know you'],
      ['ru', 'Bookshop просит ваши данные'],
    ] as const) {
      const visitor = visitorAt(server.url, { headers: { 'accept-language': locale } });
      const { document, text, status } = await visitor.get(GUIDE);
      expect(status).to.equal(200);
      expect(text).to.include(words);
      const all = (selector: string, name: string) =>
        document.querySelectorAll(selector).map((element) => element.getAttribute(name));
      expect(all('.ask', 'data-claim')).to.deep.equal(['name', 'email', 'birthdate']);
      expect(all('form.consent .consent-answers button', 'value')).to.deep.equal(['allow', 'deny']);
      expect(all('script[src*="consent."]', 'type')).to.deep.equal(['module']);
    }
    await server.stop();
  });

  it('is not part of a server in use', async () => {
    const server = await startTestServer();
    expect((await visitorAt(server.url).get(GUIDE)).status).to.equal(404);
    await server.stop();
  });
});
