import os from 'node:os';

import { expect } from 'chai';

import { readConfig } from '../../src/config/config.ts';
import { settableClock } from '../support/clock.ts';
import { TEST_ENVIRONMENT } from '../support/config.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

const PATH = '/.well-known/security.txt';
const NOW = new Date('2026-11-30T10:11:12Z');

describe('security.txt (RFC 9116)', () => {
  let server: TestServer;
  before(async () => {
    const securityTxt = { contact: 'mailto:security@example.org', policy: 'https://example.org/p' };
    server = await startTestServer({ clock: settableClock(NOW), config: { securityTxt } });
  });
  after(() => server.stop());

  it('contains the contact, an expiry within a year, the languages, its address and the policy', async () => {
    const response = await fetch(`${server.url}${PATH}`);
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect((await response.text()).split('\n')).to.deep.equal([
      'Contact: mailto:security@example.org',
      'Expires: 2027-05-29T00:00:00.000Z',
      'Preferred-Languages: en, ru',
      `Canonical: ${server.url}${PATH}`,
      'Policy: https://example.org/p',
      '',
    ]);
  });

  it('does not exist without a contact', async () => {
    const plain = await startTestServer();
    try {
      expect((await fetch(`${plain.url}${PATH}`)).status).to.equal(404);
    } finally {
      await plain.stop();
    }
  });

  it('accepts mailto: and https: contacts only', () => {
    const read = (contact: string) =>
      readConfig({
        dataFolder: os.tmpdir(),
        environment: { ...TEST_ENVIRONMENT, SECURITY_CONTACT: contact },
      });
    expect(read('mailto:a@example.org').securityTxt.contact).to.equal('mailto:a@example.org');
    for (const contact of ['a@example.org', 'http://example.org', 'javascript:alert(1)']) {
      expect(() => read(contact), contact).to.throw('SECURITY_CONTACT');
    }
  });
});
