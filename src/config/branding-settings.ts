import fs from 'node:fs';

import { type Static, Type } from 'typebox';

import { accentColours } from '../platform/accent-colours.ts';
import { cleanLine } from '../platform/clean-text.ts';
import { imageTypeOf, SIGNATURE_BYTES } from '../platform/blobs/image-signature.ts';
import { parseContact, parseHttpUrl } from './parse-address.ts';
import { parsed } from './setting.ts';

const MOST_LOGO_BYTES = 512 * 1024;
const MOST_NAME_LENGTH = 40;
/** The extension of each kind of logo file. */
const LOGO_KINDS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
};

/** The logo of the service, as it is served. */
interface BrandLogo {
  readonly extension: string;
  readonly content: Buffer;
}

const Page = (description: string) =>
  Type.Optional(parsed(parseHttpUrl, { form: 'URL', description }));

export const BRANDING = Type.Object({
  SERVICE_NAME: parsed(parseName, {
    form: 'text of at most 40 characters',
    default: 'Consentry',
    description: 'Name of the service on pages, in mails and in text messages.',
  }),
  BRAND_LOGO: Type.Optional(
    parsed(readLogo, {
      form: 'file',
      defaultText: 'the mark of Consentry',
      description:
        'Logo beside the name, in the tab of the browser and in mails: a PNG, JPEG or WebP file of at most 512 KB, square at best. SVG is refused.',
    }),
  ),
  BRAND_COLOR: Type.Optional(
    parsed(parseColour, {
      form: '`#rrggbb`',
      defaultText: 'a dark blue',
      description:
        'Colour of links and buttons, and of the button of a mail. Light and dark pages get a shade of it on which text has a contrast of at least 4.5:1; when a light page cannot use the colour itself, a warning names the shade that is used.',
    }),
  ),
  OPERATOR_NAME: Type.Optional(
    parsed(parseName, {
      form: 'text of at most 40 characters',
      description: 'Who runs the service, in the footer of all pages.',
    }),
  ),
  OPERATOR_CONTACT: Type.Optional(
    parsed(parseContact, {
      form: '`mailto:` or `https:` URL',
      description: 'How to reach the operator; the name in the footer links to it.',
    }),
  ),
  HELP_URL: Page('Page with help, in the footer of all pages.'),
  PRIVACY_URL: Page('Page about data protection, in the footer of all pages.'),
  TERMS_URL: Page('Page with the terms of use, in the footer of all pages.'),
});

type BrandingValues = Static<typeof BRANDING>;

/** The part of the configuration about names, colours and links of the operator. */
export function brandingConfig(values: BrandingValues) {
  const { BRAND_COLOR: colour } = values;
  return {
    brand: {
      name: values.SERVICE_NAME,
      logo: values.BRAND_LOGO ?? null,
      colours: colour === undefined ? null : accentColours(colour),
      operator: {
        name: values.OPERATOR_NAME ?? null,
        contact: values.OPERATOR_CONTACT ?? null,
      },
      links: {
        help: values.HELP_URL ?? null,
        privacy: values.PRIVACY_URL ?? null,
        terms: values.TERMS_URL ?? null,
      },
    },
  };
}

/** Settings that work, with a consequence that the operator may not expect. */
export function brandingWarnings({ BRAND_COLOR: colour }: BrandingValues): readonly string[] {
  if (colour === undefined) return [];
  const { accent } = accentColours(colour).light;
  return accent === colour
    ? []
    : [`BRAND_COLOR ${colour} has too little contrast for text on light pages: they use ${accent}`];
}

function parseName(value: string): string {
  const cleaned = cleanLine(value, MOST_NAME_LENGTH);
  if ('code' in cleaned && cleaned.code === 'value_too_long')
    throw new Error('must have at most 40 characters');
  // For mail headers and pages.
  if ('code' in cleaned || /[<>"]/.test(value))
    throw new Error('must not contain invisible characters, quotation marks, < or >');
  return cleaned.text;
}

function parseColour(value: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(value)) throw new Error('must be a colour such as #0a5c74');
  return value.toLowerCase();
}

function readLogo(file: string): BrandLogo {
  let content: Buffer;
  try {
    const { size } = fs.statSync(file);
    if (size > MOST_LOGO_BYTES) throw new Error('must be a file of at most 512 KB');
    content = fs.readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`cannot be read (${code})`, { cause: error });
  }
  const extension = LOGO_KINDS[imageTypeOf(content.subarray(0, SIGNATURE_BYTES)) ?? ''];
  if (extension === undefined) throw new Error('must be a PNG, JPEG or WebP image');
  return { extension, content };
}
