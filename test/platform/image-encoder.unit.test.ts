import { expect } from 'chai';
import sharp from 'sharp';

import { createImageEncoder, type ImageRule } from '../../src/platform/blobs/image-encoder.ts';
import { failureOf } from '../support/failure.ts';

const encoder = createImageEncoder();

const PICTURE: ImageRule = {
  field: 'picture',
  types: ['image/png', 'image/jpeg', 'image/webp', 'image/avif'],
  mostBytes: 5 * 1024 * 1024,
  mostPixels: 50_000_000,
  fit: 'cover',
};

const squares = (content: AsyncIterable<Buffer>, sizes: readonly number[]) =>
  encoder.encodeSquares(content, {
    rule: PICTURE,
    copies: new Map(sizes.map((pixels) => [pixels, { pixels, format: 'webp' }])),
  });

/** Yields the content in pieces that are smaller than any header. */
async function* inPieces(content: Buffer, bytes = 7): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

const photo = (width = 300, height = 200) =>
  sharp({ create: { width, height, channels: 3, background: '#b03060' } });

const codeOf = (content: Buffer, bytes?: number) =>
  failureOf(squares(inPieces(content, bytes), [64])).then(({ code }) => code);

describe('The image encoder', function () {
  this.timeout(20_000);

  for (const kind of ['png', 'jpeg', 'webp', 'avif'] as const) {
    it(`creates squares of a ${kind} without its metadata`, async () => {
      const original = await photo()
        .withExif({ IFD0: { Copyright: 'a secret of Ana' }, IFD3: { GPSLatitude: '51/1' } })
        .toFormat(kind)
        .toBuffer();
      const made = await squares(inPieces(original), [64, 512]);
      for (const size of [64, 512] as const) {
        const picture = made.get(size) ?? Buffer.alloc(0);
        const { format, width, height, exif, icc, xmp } = await sharp(picture).metadata();
        expect({ format, width, height, exif, icc, xmp }).to.deep.equal({
          format: 'webp',
          width: size,
          height: size,
          exif: undefined,
          icc: undefined,
          xmp: undefined,
        });
        expect(picture.includes('secret')).to.equal(false);
      }
    });
  }

  it('rotates a picture by its orientation', async () => {
    // The left half is blue and the orientation is a clockwise rotation, so the top becomes blue.
    const blue = await photo(100, 200).tint('blue').png().toBuffer();
    const turned = await sharp({
      create: { width: 200, height: 200, channels: 3, background: 'red' },
    })
      .composite([{ input: blue, left: 0, top: 0 }])
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const made = await squares(inPieces(turned, 1000), [64]);
    const { data, info } = await sharp(made.get(64)).raw().toBuffer({ resolveWithObject: true });
    const redAt = (x: number, y: number) => data[(y * info.width + x) * info.channels] ?? 0;
    expect(redAt(60, 5)).to.be.lessThan(100);
    expect(redAt(5, 60)).to.be.greaterThan(200);
  });

  it('refuses SVG, GIF, HTML, PDF and TIFF by their content', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>';
    for (const text of [
      svg,
      `<?xml version="1.0"?>${svg}`,
      '<!doctype html><p>x',
      '%PDF-1.7',
      '',
    ]) {
      expect(await codeOf(Buffer.from(text)), text).to.equal('image_kind_unsupported');
    }
    expect(await codeOf(await photo().gif().toBuffer())).to.equal('image_kind_unsupported');
    expect(await codeOf(await photo().tiff().toBuffer())).to.equal('image_kind_unsupported');
  });

  it('uses no loader of other formats, even after the first bytes of a JPEG', async () => {
    const disguised = Buffer.concat([
      Buffer.from([0xff, 0xd8, 0xff]),
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ]);
    expect(await codeOf(disguised)).to.equal('image_unreadable');
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    const direct = await sharp(svg)
      .png()
      .toBuffer()
      .catch((error: unknown) => error);
    expect(direct).to.be.instanceOf(Error);
  });

  it('removes a second file hidden in a picture', async () => {
    const script = '<script>alert(document.domain)</script>';
    const behind = Buffer.concat([await photo().png().toBuffer(), Buffer.from(script)]);
    const comment = await photo()
      .withExif({ IFD0: { ImageDescription: script } })
      .jpeg()
      .toBuffer();
    for (const polyglot of [behind, comment]) {
      expect(polyglot.includes('<script>')).to.equal(true);
      const made = await squares(inPieces(polyglot), [64, 256]);
      for (const picture of made.values()) expect(picture.includes('script')).to.equal(false);
    }
  });

  it('refuses truncated, broken and too large pictures', async () => {
    const jpeg = await photo(600, 600).jpeg().toBuffer();
    expect(await codeOf(jpeg.subarray(0, 500))).to.equal('image_unreadable');
    const png = await photo().png().toBuffer();
    expect(await codeOf(Buffer.concat([png.subarray(0, 40), Buffer.alloc(500, 7)]))).to.equal(
      'image_unreadable',
    );
    const long = Buffer.concat([jpeg, Buffer.alloc(PICTURE.mostBytes)]);
    expect(await codeOf(long, 65_536)).to.equal('image_too_large');
  });

  it('refuses a decompression bomb by its header, without decoding it', async () => {
    const bomb = await sharp({
      create: { width: 12_000, height: 12_000, channels: 3, background: 'red' },
    })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(bomb.length).to.be.lessThan(1024 * 1024);
    const before = process.memoryUsage().rss;
    expect(await codeOf(bomb, 65_536)).to.equal('image_too_many_pixels');
    // The decoded picture would have 432 MB.
    expect(process.memoryUsage().rss - before).to.be.lessThan(150 * 1024 * 1024);
  });

  it('refuses a picture with a very long side, which takes seconds to decode', async () => {
    for (const [width, height] of [
      [1, 32_769],
      [32_769, 1],
    ] as const) {
      const long = await photo(width, height).png().toBuffer();
      expect(await codeOf(long, 65_536)).to.equal('image_too_many_pixels');
    }
    const panorama = await photo(32_768, 2).png().toBuffer();
    expect((await squares(inPieces(panorama, 65_536), [64])).size).to.equal(1);
  });

  it('uses the first image of an animation', async () => {
    const frame = await photo(40, 40).png().toBuffer();
    const animation = await sharp([frame, frame, frame], { join: { animated: true } })
      .webp()
      .toBuffer();
    const made = await squares(inPieces(animation), [64]);
    expect((await sharp(made.get(64)).metadata()).pages).to.equal(undefined);
  });
});
