import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { guardedFetch, isSpecial } from '../../src/oidc/client-authentication/guarded-fetch.ts';

const INSIDE = [
  '127.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  'fd00::1',
  'fe80::1',
  '64:ff9b::7f00:1',
];

const REFUSED = [
  'http://example.org/',
  'https://example.org:8443/',
  'https://user@example.org/',
  'file:///etc/passwd',
  'https://127.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://017700000001/',
  'https://localhost/',
];

describe('Fetching what an app points at', () => {
  for (const address of INSIDE) {
    it(`counts ${address} as inside`, () => {
      expect(isSpecial(address)).to.equal(true);
    });
  }

  it('counts public addresses as outside', () => {
    expect(isSpecial('93.184.216.34')).to.equal(false);
    expect(isSpecial('2606:2800:220:1:248:1893:25c8:1946')).to.equal(false);
  });

  for (const url of REFUSED) {
    it(`refuses ${url} before a byte is sent`, async () => {
      let failure: unknown;
      await guardedFetch(url).catch((error: unknown) => {
        failure = error;
      });
      expect(failure).to.be.instanceOf(Error);
    });
  }

  it('opens no connection to this machine, whatever the address is called', async () => {
    let connections = 0;
    const canary = createServer().on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => {
      canary.listen(0, '127.0.0.1', resolve);
    });
    const { port } = canary.address() as AddressInfo;
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      await guardedFetch(`https://${host}:${String(port)}/`).catch(() => undefined);
    }
    canary.close();
    expect(connections).to.equal(0);
  });
});
