import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { guardedFetch } from '../../src/platform/outbound/guarded-fetch.ts';
import { outboundProblem } from '../../src/platform/outbound/outbound-address.ts';
import { isPublicAddress } from '../../src/platform/ip-address.ts';

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
  '64:ff9b:1::1',
  '::127.0.0.1',
  '::ffff:a9fe:a9fe',
  '0.1.2.3',
  '192.0.0.8',
  '192.0.2.1',
  '192.31.196.1',
  '192.52.193.1',
  '192.88.99.1',
  '192.175.48.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '100::1',
  '2001::1',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fec0::1',
  'ff02::1',
  'not an address',
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
  'https://127.1/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://[::]/',
  'https://[::ffff:7f00:1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://①②⑦.0.0.1/',
];

describe('Fetching an address that an app registered', () => {
  for (const address of INSIDE) {
    it(`counts ${address} as inside`, () => {
      expect(isPublicAddress(address)).to.equal(false);
    });
  }

  it('counts public addresses as outside', () => {
    expect(isPublicAddress('93.184.216.34')).to.equal(true);
    expect(isPublicAddress('2606:2800:220:1:248:1893:25c8:1946')).to.equal(true);
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

  for (const [address, problem] of Object.entries({
    'https://app.example/out': null,
    'http://app.example/out': 'not_https',
    'https://app.example:8443/out': 'port',
    'https://user@app.example/out': 'user',
    'https://169.254.169.254/out': 'internal',
    'https://printer/out': 'internal',
    'https://app.internal/out': 'internal',
    'https://localhost/out': 'internal',
    'http://127.0.0.1:6379/': 'not_https',
    'https://intra.example:8443/out': null,
    'https://intra.example:8444/out': 'port',
    'gopher://127.0.0.1/': 'not_https',
  })) {
    it(`decides about ${address} before DNS: ${problem ?? 'allowed'} (S-70)`, () => {
      const rules = { allowsLoopback: false, internalHosts: ['intra.example:8443'] };
      expect(outboundProblem(new URL(address), rules)).to.equal(problem);
    });
  }

  it('reaches this machine only where the rules allow it', () => {
    const url = new URL('http://localhost:3001/out');
    const rules = { internalHosts: [] };
    expect(outboundProblem(url, { ...rules, allowsLoopback: true })).to.equal(null);
    expect(outboundProblem(url, { ...rules, allowsLoopback: false })).to.equal('not_https');
    const gopher = new URL('gopher://localhost/');
    expect(outboundProblem(gopher, { ...rules, allowsLoopback: true })).to.equal('not_https');
  });

  it('opens no connection to this machine under any name', async () => {
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
