import type { PartialConfig } from '../../config/config.ts';
import { createHttpKit, VIEWS_FOLDER } from '../../http/http-kit.ts';
import { createTranslator } from '../../http/pages/i18n.ts';
import { createImageEncoder } from '../../platform/blobs/image-encoder.ts';
import { systemClock } from '../../platform/clock.ts';
import { createLogger } from '../../platform/logger.ts';
import { createBrandedMailRenderer } from '../../server/messaging.ts';
import type { Finding } from './check.ts';

/**
 * Decodes the logo, and renders each mail for which the operator has a template.
 * @throws AppError `brand_logo_unreadable`, `mail_templates_invalid`.
 */
export async function checkBranding(config: PartialConfig): Promise<Finding> {
  const { name, logo, colours } = config.brand;
  const { textsFolder } = config.pages;
  const folders = [VIEWS_FOLDER, ...(textsFolder === null ? [] : [textsFolder])];
  const kit = createHttpKit({
    settings: {
      issuer: config.issuer,
      trustedProxies: [],
      isDevelopment: false,
      cookieSecrets: [Buffer.alloc(32)],
      clock: systemClock,
      brand: config.brand,
    },
    logger: createLogger({ level: 'silent' }),
    translator: createTranslator({ folders, isStrict: false }),
    describeViewer: () => Promise.resolve({ name: '', picture: null, isAdministrator: false }),
  });
  await createBrandedMailRenderer(
    { config, clock: systemClock, images: createImageEncoder() },
    kit,
  );
  const parts = [
    logo === null ? 'no logo' : 'a logo',
    colours === null ? 'no colour' : `light pages use ${colours.light.accent}`,
    config.mail.templatesFolder === null ? 'no mail templates' : 'mail templates can be rendered',
  ];
  return { text: `${name}: ${parts.join(', ')}` };
}
