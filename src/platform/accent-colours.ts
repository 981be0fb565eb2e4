/** A colour as hexadecimal sRGB: `#0a5c74`. */
type Hex = string;

/** The colours that pages derive from one accent colour, for light and for dark pages. */
export interface AccentColours {
  readonly light: AccentShades;
  readonly dark: AccentShades;
}

interface AccentShades {
  /** For links and buttons. */
  readonly accent: Hex;
  /** Under the pointer, and for text on the soft shade. */
  readonly strong: Hex;
  /** A background. */
  readonly soft: Hex;
  /** Text on the accent. */
  readonly onAccent: Hex;
}

/** Lightness, chroma and hue in degrees (OKLCH, CSS Color 4 §9.4). */
interface Oklch {
  readonly l: number;
  readonly c: number;
  readonly h: number;
}
type Triple = readonly [number, number, number];

/** WCAG 2.2 §1.4.3. */
const LEAST_CONTRAST = 4.5;
const STEP = 0.005;
/** The backgrounds of the style sheet with the least contrast to the accent. */
const SUNKEN = { light: { l: 0.95, c: 0.006, h: 85 }, dark: { l: 0.27, c: 0.016, h: 245 } };
const PALEST = 0.97;
const DARKEST = 0.1;

/**
 * The shades of an accent colour. The lightness is changed as little as possible until text has a contrast of 4.5:1 on every
 * background; the hue stays.
 */
export function accentColours(hex: Hex): AccentColours {
  const { l, c, h } = toOklch(hex);
  const soft = {
    light: { l: 0.95, c: Math.min(c, 0.02), h },
    dark: { l: 0.295, c: Math.min(c, 0.04), h },
  };
  const find = (theme: 'light' | 'dark', step: number): Oklch => {
    const backgrounds = [toHex(SUNKEN[theme]), toHex(soft[theme])];
    let lightness = l;
    while (
      (step < 0 ? lightness > DARKEST : lightness < PALEST) &&
      backgrounds.some(
        (background) => contrast(toHex({ l: lightness, c, h }), background) < LEAST_CONTRAST,
      )
    ) {
      lightness += step;
    }
    return { l: lightness, c, h };
  };
  const [light, dark] = [find('light', -STEP), find('dark', STEP)];
  const isGiven = light.l === l;
  return {
    light: {
      accent: isGiven ? hex : toHex(light),
      strong: toHex({ ...light, l: light.l - 0.065 }),
      soft: toHex(soft.light),
      onAccent: toHex({ l: 0.99, c: 0.003, h }),
    },
    dark: {
      accent: dark.l === l ? hex : toHex(dark),
      strong: toHex({ ...dark, l: Math.min(dark.l + 0.06, PALEST) }),
      soft: toHex(soft.dark),
      onAccent: toHex({ l: 0.2, c: Math.min(c, 0.035), h }),
    },
  };
}

/** The contrast of two colours, 1 to 21 (WCAG 2.2). */
export function contrast(one: Hex, other: Hex): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: Hex): number {
  const [r, g, b] = toLinear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function toLinear(hex: Hex): Triple {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [r, g, b];
}

// The matrices of CSS Color 4 §10.

function toOklch(hex: Hex): Oklch {
  const [r, g, b] = toLinear(hex);
  const long = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const middle = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const short = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const l = 0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short;
  const a = 1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short;
  const blue = 0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short;
  return { l, c: Math.hypot(a, blue), h: (Math.atan2(blue, a) * 180) / Math.PI };
}

/** Reduces the chroma until the colour exists in sRGB. */
function toHex({ l, c, h }: Oklch): Hex {
  let chroma = c;
  while (chroma > 0 && !isInGamut(linearOf({ l, c: chroma, h }))) chroma -= STEP / 2;
  const channels = linearOf({ l, c: Math.max(chroma, 0), h }).map((value) => {
    const bounded = Math.min(Math.max(value, 0), 1);
    const encoded = bounded <= 0.0031308 ? bounded * 12.92 : 1.055 * bounded ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${channels.join('')}`;
}

function isInGamut(channels: Triple): boolean {
  return channels.every((value) => value >= -0.0005 && value <= 1.0005);
}

function linearOf({ l, c, h }: Oklch): Triple {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
  ];
}
