import { expect } from 'chai';

import { describeDevice } from '../../src/sessions/index.ts';

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Chrome/140.0.0.0`;
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) ${WEBKIT}`;

const DEVICES: readonly (readonly [string, string | null, string | null])[] = [
  [`${WINDOWS} Safari/537.36`, 'Chrome', 'Windows'],
  [`${WINDOWS} Safari/537.36 Edg/140.0.0.0`, 'Edge', 'Windows'],
  [`${WINDOWS} YaBrowser/24.1.0 Safari/537.36`, 'Yandex Browser', 'Windows'],
  [`${WINDOWS} Safari/537.36 OPR/106.0.0.0`, 'Opera', 'Windows'],
  [`${WINDOWS} Safari/537.36 Vivaldi/6.5`, 'Vivaldi', 'Windows'],
  [`${IPHONE} Version/17.0 Mobile/15E148 Safari/604.1`, 'Safari', 'iPhone'],
  [`${IPHONE} CriOS/120.0 Mobile/15E148 Safari/604.1`, 'Chrome', 'iPhone'],
  [
    `Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) ${WEBKIT} FxiOS/120.0 Mobile/15E148 Safari/605.1.15`,
    'Firefox',
    'iPad',
  ],
  [
    `Mozilla/5.0 (Linux; Android 13; SM-S901B) ${BLINK} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet',
    'Android',
  ],
  [
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/140.0.0.0 Safari/537.36`,
    'Chrome',
    'ChromeOS',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0', 'Firefox', 'Linux'],
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/17.0 Safari/605.1.15`,
    'Safari',
    'Mac',
  ],
  ['', null, null],
  ['a program', null, null],
];

/** Headers from which the library takes a name that the caller wrote. */
const WRITTEN = [
  'Blocked: confirm at https://evil.example/now/1 x',
  'Firefox on your phone. Nothing to do/1 (x)',
  'MyApp/1.0 (x)',
  '<img src=x>/1 (x',
  `${'A'.repeat(390)}/1 x`,
  'Mozilla/5.0 (iPhone; your own one; confirm it) hello/1 ',
  'Mozilla/5.0 (Linux; Android 10; <b>my phone</b> Build/x) x/1 ',
  'Mozilla/5.0 (X11; CrOS your own one) x/1 ',
];

describe('The words for a device', () => {
  it('are the common names of its browser and system', () => {
    for (const [userAgent, browser, system] of DEVICES) {
      expect(describeDevice(userAgent), userAgent).to.deep.equal({ browser, system });
    }
  });

  it('are never text of the header', () => {
    const names = new Set([null, 'iPhone', 'Android', 'ChromeOS', 'Firefox', 'Android Browser']);
    for (const header of WRITTEN) {
      const { browser, system } = describeDevice(header);
      expect(names.has(browser) && names.has(system), `${header}: ${browser}, ${system}`).to.equal(
        true,
      );
    }
  });

  it('are found in a short time in a long hostile header', () => {
    for (const part of ['(', ' ', '/', 'Mobile ', 'Version/', 'a/1 ', '; ']) {
      expect(describeDevice(`Mozilla/5.0 ${part.repeat(16_000 / part.length)}`)).to.be.an('object');
    }
  }).timeout(2_000);
});
