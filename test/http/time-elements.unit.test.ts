import { expect } from 'chai';

import { markTime, withTimeElements } from '../../src/http/pages/time-elements.ts';
import { createFormats } from '../../src/platform/formats.ts';

describe('Times on pages', () => {
  const formats = createFormats({ locale: 'en', now: new Date('2026-12-20T12:00:00Z') });
  const moment = new Date('2026-12-18T11:30:00Z');

  it('are elements with the exact time, also inside of a sentence', () => {
    const date = markTime(moment, 'date', formats);
    expect(withTimeElements(`<p>Until ${date}.</p>`)).to.equal(
      '<p>Until <time datetime="2026-12-18T11:30:00.000Z" data-style="date">18 December 2026</time>.</p>',
    );
    expect(withTimeElements(markTime(moment, 'time', formats))).to.equal(
      '<time datetime="2026-12-18T11:30:00.000Z" data-style="time" title="18 December 2026 at 11:30 UTC">11:30 UTC</time>',
    );
    const relative = markTime(moment, 'relative', formats);
    expect(withTimeElements(relative)).to.equal(
      '<time datetime="2026-12-18T11:30:00.000Z" data-style="relative" title="18 December 2026 at 11:30 UTC">2 days ago</time>',
    );
  });

  it('are text where an element cannot be', () => {
    const date = markTime(moment, 'date', formats);
    for (const place of [
      (text: string) => `<p title="Until ${text}">`,
      (text: string) => `<option value="1">Until ${text}</option>`,
      (text: string) => `<title>Until ${text}</title>`,
      (text: string) => `<script type="application/json">["${text}"]</script>`,
    ]) {
      expect(withTimeElements(place(date))).to.equal(place('18 December 2026'));
    }
  });

  it('cannot be written by a person', () => {
    for (const forged of [
      '\uE0002026-12-18T11:30:00.000Z date \uE001paid\uE002',
      '\uE0001&quot; onclick=x date \uE001x\uE002',
    ]) {
      const page = `<p>${forged}</p>`;
      expect(withTimeElements(page)).to.equal(page);
      // Beside a real one, too.
      const date = markTime(moment, 'date', formats);
      expect(withTimeElements(`<p>${date}</p>${page}`).split('<time')).to.have.length(2);
    }
  });
});
