import type { BrandSettings } from '../settings.ts';
import type { Assets } from './assets.ts';

/** The global `brand` of all templates. */
export type Brand = ReturnType<typeof presentBrand>;

const PLAIN: BrandSettings = {
  name: 'Consentry',
  logo: null,
  colours: null,
  operator: { name: null, contact: null },
  links: { help: null, privacy: null, terms: null },
};
const SHEET = 'brand.css';
/** The accent of the style sheet on light pages, for mails. */
const ACCENT = { accent: '#17536b', onAccent: '#ffffff' };

/** The files that pages of this operator load: the logo, and a style sheet with the colours. */
export function brandFiles({ logo, colours }: BrandSettings = PLAIN): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (logo !== null) files.set(logoFile(logo), logo.content);
  if (colours !== null) files.set(SHEET, Buffer.from(sheetOf(colours)));
  return files;
}

/** The parts that templates show. */
export function presentBrand(settings: BrandSettings = PLAIN, { url }: Pick<Assets, 'url'>) {
  const { name, logo, colours, operator, links } = settings;
  const { accent, onAccent } = colours?.light ?? ACCENT;
  return {
    name,
    /** Addresses; null: the mark and the colours of Consentry. */
    logo: logo === null ? null : url(logoFile(logo)),
    sheet: colours === null ? null : url(SHEET),
    /** Colours for mails, which load no style sheet. */
    button: { background: accent, text: onAccent },
    operator,
    links,
  };
}

function logoFile({ extension }: NonNullable<BrandSettings['logo']>): string {
  return `brand-logo.${extension}`;
}

function sheetOf({ light, dark }: NonNullable<BrandSettings['colours']>): string {
  return `:root {
  --accent: light-dark(${light.accent}, ${dark.accent});
  --accent-strong: light-dark(${light.strong}, ${dark.strong});
  --accent-soft: light-dark(${light.soft}, ${dark.soft});
  --on-accent: light-dark(${light.onAccent}, ${dark.onAccent});
}
`;
}
