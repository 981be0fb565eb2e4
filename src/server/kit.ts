import { createHttpKit, type HttpKit } from '../http/http-kit.ts';
import { defaultPicture, displayName } from '../vault/index.ts';
import type { Connected } from './services.ts';

/** The parts that render pages and mails. */
export function createKit(connected: Connected): HttpKit {
  const { config, clock, log, vault, instruments, translator } = connected;
  return createHttpKit({
    logger: log,
    instruments,
    translator,
    settings: {
      hasAccessLog: config.hasAccessLog,
      issuer: config.issuer,
      trustedProxies: config.trustedProxies,
      isDevelopment: config.mode === 'development',
      cookieSecrets: config.secrets.cookieKeys.map((key) => Buffer.from(key)),
      clock,
      brand: config.brand,
    },
    describeViewer: async ({ accountId, isAdministrator }) => {
      const attributes = await vault.recentAttributes(accountId);
      const name = displayName(attributes);
      return { name, picture: defaultPicture(attributes), isAdministrator };
    },
  });
}
