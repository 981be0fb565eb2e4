import sharp from 'sharp';

import type { Visitor } from './visitor.ts';

/** A photo of one colour, with a location and a name in its metadata. */
export async function photo(
  colour: string,
  width = 300,
  height = 200,
): Promise<Buffer<ArrayBuffer>> {
  const picture = await sharp({ create: { width, height, channels: 3, background: colour } })
    .withExif({ IFD0: { Artist: 'Ana Petrova' }, IFD3: { GPSLatitude: '51/1' } })
    .jpeg()
    .toBuffer();
  return Buffer.from(picture);
}

/** Yields a file in pieces, as an upload arrives. */
export async function* arriving(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 1_000) yield content.subarray(at, at + 1_000);
}

/** Submits the form of a page with a file, as a browser does. Without a file the field is empty. */
export async function sendPicture(
  visitor: Visitor,
  input: {
    readonly page: string;
    readonly field: string;
    readonly file: Blob | null;
    readonly values?: Readonly<Record<string, string>>;
  },
): Promise<Response> {
  const { page, field, file, values = {} } = input;
  const { document, url } = await visitor.get(page);
  const token = document.querySelector('form[enctype] input[name=_csrf]')?.getAttribute('value');
  const form = new FormData();
  form.append('_csrf', token ?? '');
  for (const [name, value] of Object.entries(values)) form.append(name, value);
  form.append(field, file ?? new Blob([]), file === null ? '' : 'me.svg');
  return visitor.request(page, {
    method: 'POST',
    body: form,
    headers: { origin: url.origin, 'sec-fetch-site': 'same-origin' },
  });
}
