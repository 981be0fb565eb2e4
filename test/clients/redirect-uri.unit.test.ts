import { expect } from 'chai';

import type { ApplicationType } from '../../src/clients/index.ts';
import { redirectUriProblem } from '../../src/clients/settings/redirect-uri.ts';

const GOOD: readonly (readonly [ApplicationType, string])[] = [
  ['web', 'https://app.example/callback'],
  ['web', 'https://app.example'],
  ['web', 'https://app.example/'],
  ['web', 'https://app.example/callback?tenant=7'],
  ['web', 'https://app.example:8443/callback'],
  ['web', 'https://xn--bcher-kva.example/callback'],
  ['web', 'http://localhost:3001/callback'],
  ['web', 'http://app.localhost:8080/callback'],
  ['single_page', 'http://shop.app.localhost/'],
  ['single_page', 'http://127.0.0.1:5173/'],
  ['native', 'http://127.0.0.1/callback'],
  ['native', 'http://[::1]/callback'],
  ['native', 'http://localhost:4000/callback'],
  ['native', 'com.example.app:/callback'],
  ['native', 'com.example.app://callback'],
  ['native', 'https://app.example/from-native'],
];

const HOSTILE: readonly (readonly [ApplicationType, string, string])[] = [
  ['web', '', 'redirect_uri_invalid'],
  ['web', 'not an address', 'redirect_uri_invalid'],
  ['web', '/callback', 'redirect_uri_invalid'],
  ['web', '//evil.example/callback', 'redirect_uri_invalid'],
  ['web', 'https://', 'redirect_uri_invalid'],
  ['web', 'https:evil.example', 'redirect_uri_not_exact'],
  ['web', 'https:/evil.example/callback', 'redirect_uri_not_exact'],
  ['web', 'https:\\\\evil.example\\callback', 'redirect_uri_not_exact'],
  ['web', 'https://app.example\\@evil.example/', 'redirect_uri_not_exact'],
  ['web', 'https://rp@evil.example/callback', 'redirect_uri_user'],
  ['web', 'https://rp:secret@evil.example/callback', 'redirect_uri_user'],
  ['web', 'https://@evil.example/callback', 'redirect_uri_not_exact'],
  ['web', 'https://app.example/callback#', 'redirect_uri_fragment'],
  ['web', 'https://app.example/callback#part', 'redirect_uri_fragment'],
  ['web', 'https://*.app.example/callback', 'redirect_uri_wildcard'],
  ['web', 'https://app.example/*', 'redirect_uri_wildcard'],
  ['web', 'https://app.example/a/../callback', 'redirect_uri_not_exact'],
  ['web', 'https://app.example/%2e%2e/callback', 'redirect_uri_not_exact'],
  ['web', 'https://app.example/./callback', 'redirect_uri_not_exact'],
  ['web', 'https://app.example:443/callback', 'redirect_uri_not_exact'],
  ['web', 'http://localhost:80/callback', 'redirect_uri_not_exact'],
  ['web', 'https://APP.example/callback', 'redirect_uri_not_exact'],
  ['web', 'HTTPS://app.example/callback', 'redirect_uri_not_exact'],
  ['web', 'https://app.example./callback', 'redirect_uri_not_exact'],
  ['web', 'https://bücher.example/callback', 'redirect_uri_not_ascii'],
  ['web', 'https://аpp.example/callback', 'redirect_uri_not_ascii'],
  ['web', 'https://app.example/call back', 'redirect_uri_not_ascii'],
  ['web', 'https://app.example/\ncallback', 'redirect_uri_not_ascii'],
  ['web', 'https://app.example/callback\u202e', 'redirect_uri_not_ascii'],
  ['web', 'https://0x7f.1/callback', 'redirect_uri_not_exact'],
  ['web', 'https://2130706433/callback', 'redirect_uri_not_exact'],
  ['web', 'https://app.example/callback?code=1', 'redirect_uri_response_parameter'],
  ['web', 'https://app.example/callback?x=1&state=s', 'redirect_uri_response_parameter'],
  [
    'web',
    'https://app.example/callback?iss=https://evil.example',
    'redirect_uri_response_parameter',
  ],
  ['web', 'http://app.example/callback', 'redirect_uri_not_https'],
  ['web', 'http://127.0.0.1.evil.example/callback', 'redirect_uri_not_https'],
  ['web', 'http://localhost.evil.example/callback', 'redirect_uri_not_https'],
  ['web', 'http://app.localhost.evil.example/callback', 'redirect_uri_not_https'],
  ['web', 'http://applocalhost/callback', 'redirect_uri_not_https'],
  ['web', 'http://app.localhost./callback', 'redirect_uri_not_https'],
  ['native', 'http://app.localhost/callback', 'redirect_uri_not_https'],
  ['web', 'http://127.0.0.2/callback', 'redirect_uri_not_https'],
  ['web', 'http://0.0.0.0/callback', 'redirect_uri_not_https'],
  ['web', 'http://127.1/callback', 'redirect_uri_not_exact'],
  ['web', 'javascript:alert(1)', 'redirect_uri_scheme'],
  ['web', 'JavaScript:alert(1)', 'redirect_uri_scheme'],
  ['web', 'data:text/html,hello', 'redirect_uri_scheme'],
  ['web', 'vbscript:x', 'redirect_uri_scheme'],
  ['web', 'file:///etc/passwd', 'redirect_uri_scheme'],
  ['web', 'blob:https://app.example/1', 'redirect_uri_scheme'],
  ['web', 'about:blank', 'redirect_uri_scheme'],
  ['web', 'urn:ietf:wg:oauth:2.0:oob', 'redirect_uri_scheme'],
  ['web', 'com.example.app:/callback', 'redirect_uri_scheme'],
  ['single_page', 'com.example.app:/callback', 'redirect_uri_scheme'],
  ['native', 'javascript:alert(1)', 'redirect_uri_scheme_not_domain'],
  ['native', 'data:text/html,hello', 'redirect_uri_scheme_not_domain'],
  ['native', 'myapp:/callback', 'redirect_uri_scheme_not_domain'],
  ['native', 'intent://scan/#Intent;scheme=zxing;end', 'redirect_uri_fragment'],
  ['native', 'Com.Example.App:/callback', 'redirect_uri_not_exact'],
  ['native', 'https://localhost/callback', 'redirect_uri_loopback_https'],
  ['native', 'http://192.168.0.1/callback', 'redirect_uri_not_https'],
  ['web', `https://app.example/${'a'.repeat(1_000)}`, 'redirect_uri_too_long'],
];

describe('redirect addresses at registration (R-01, R-22)', () => {
  for (const [type, uri] of GOOD) {
    it(`accepts ${uri} for a ${type} app`, () => {
      expect(redirectUriProblem(uri, type)).to.equal(null);
    });
  }
  for (const [type, uri, problem] of HOSTILE) {
    it(`refuses ${JSON.stringify(uri).slice(0, 70)} for a ${type} app`, () => {
      expect(redirectUriProblem(uri, type)).to.equal(problem);
    });
  }
});
