import { expect } from 'chai';

import { accentColours, contrast } from '../../src/platform/accent-colours.ts';

/** The backgrounds of the style sheet with the least contrast to text. */
const SUNKEN = { light: '#f0eeea', dark: '#20272e' };

describe('The colours of an operator', () => {
  const hues = Array.from({ length: 16 }, (_, index) => index * 16);
  const given = ['#000000', '#ffffff', '#ffff00', '#0000ff', '#808080', '#ff0000', '#0a5c74'];
  for (const r of hues) given.push(`#${[r, 255 - r, (r * 7) % 256].map(hexOf).join('')}`);

  it('have a contrast of 4.5:1 for text, links and buttons, light and dark', () => {
    expect(given).to.have.length(23);
    for (const colour of given) {
      const colours = accentColours(colour);
      for (const theme of ['light', 'dark'] as const) {
        const { accent, strong, soft, onAccent } = colours[theme];
        const pairs = { accent, strong, soft, onAccent };
        for (const value of Object.values(pairs)) expect(value).to.match(/^#[0-9a-f]{6}$/);
        expect(contrast(accent, SUNKEN[theme]), `${colour} ${theme}`).to.be.at.least(4.4);
        expect(contrast(accent, soft), `${colour} ${theme} soft`).to.be.at.least(4.5);
        expect(contrast(strong, soft), `${colour} ${theme} strong`).to.be.at.least(4.5);
        expect(contrast(onAccent, accent), `${colour} ${theme} on`).to.be.at.least(4.5);
      }
    }
  });

  it('stay as they are where their contrast suffices', () => {
    expect(accentColours('#0a5c74').light.accent).to.equal('#0a5c74');
    expect(accentColours('#ffcc00').dark.accent).to.equal('#ffcc00');
    expect(accentColours('#ffcc00').light.accent).not.to.equal('#ffcc00');
  });

  it('agree with the contrast of WCAG', () => {
    expect(contrast('#000000', '#ffffff')).to.equal(21);
    expect(contrast('#777777', '#ffffff')).to.be.closeTo(4.48, 0.01);
  });
});

function hexOf(channel: number): string {
  return channel.toString(16).padStart(2, '0');
}
