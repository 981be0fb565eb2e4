import { encode } from 'uqr';

/** A QR code as the path of an SVG image; its view box is a square with sides of `size`. */
export interface QrCode {
  readonly size: number;
  readonly path: string;
}

/** Draws the dark modules of a QR code with the quiet zone that readers need (ISO/IEC 18004 §6.3.8). */
export function drawQrCode(text: string): QrCode {
  const { data, size } = encode(text, { border: 4 });
  const modules = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : [])),
  );
  return { size, path: modules.join('') };
}
