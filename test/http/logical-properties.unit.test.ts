import fs from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

const FOLDER = path.join(import.meta.dirname, '../../views/assets');
/** Properties and values that stay at the same side when a page is turned for a language that is written from right to left. */
const FIXED_SIDE =
  /(?:^|[;{\s])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[\w-]*|left|right|float|clear|text-align)\s*:\s*(?:[^;}]*)/g;
const FIXED_VALUE = /text-align\s*:\s*(?:left|right)|(?:float|clear)\s*:\s*(?:left|right)/;

describe('The style sheets', () => {
  const sheets = fs.readdirSync(FOLDER).filter((file) => file.endsWith('.css'));

  it('name sides by the direction of the text, not by left and right', () => {
    expect(sheets.length).to.be.greaterThan(1);
    const found = sheets.flatMap((file) =>
      [...fs.readFileSync(path.join(FOLDER, file), 'utf8').matchAll(FIXED_SIDE)]
        .map(([declaration]) => declaration.trim())
        .filter(
          (text) => !/^[;{]?\s*(?:text-align|float|clear)/.test(text) || FIXED_VALUE.test(text),
        )
        .map((text) => `${file}: ${text}`),
    );
    expect(found).to.deep.equal([]);
  });

  it('select no pseudo-element inside :is(), :where() or :has(), which browsers ignore there', () => {
    const found = sheets.flatMap((file) =>
      [
        ...fs
          .readFileSync(path.join(FOLDER, file), 'utf8')
          .matchAll(/:(?:is|where|has)\([^)]*::[^)]*\)/g),
      ].map(([selector]) => `${file}: ${selector}`),
    );
    expect(found).to.deep.equal([]);
  });

  it('give the four sides of a box in one declaration only where left and right are the same', () => {
    const found = sheets.flatMap((file) =>
      [
        ...fs
          .readFileSync(path.join(FOLDER, file), 'utf8')
          .matchAll(
            /(?:margin|padding|inset): (?:(?:[\w.%-]|\([^)]*\))+ ){3}(?:[\w.%-]|\([^)]*\))+\s*[;}]/g,
          ),
      ]
        .filter(([, , end, , start]) => end !== start)
        .map(([declaration]) => `${file}: ${declaration}`),
    );
    expect(found).to.deep.equal([]);
  });
});
