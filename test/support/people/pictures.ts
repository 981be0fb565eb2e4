import sharp from 'sharp';

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
