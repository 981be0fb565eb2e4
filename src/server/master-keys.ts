import type { Config } from '../config/config.ts';
import { createAwsKeyService } from '../platform/keys/aws-key-service.ts';
import type { KeyService } from '../platform/keys/key-service.ts';
import { openKeyring, type Keyring } from '../platform/keys/keyring.ts';
import type { Logger } from '../platform/logger.ts';

/** The key service of the configuration; null when there is none. */
export function keyServiceOf({ keyService }: Pick<Config, 'keyService'>): KeyService | null {
  return keyService === null ? null : createAwsKeyService(keyService);
}

/** Opens the master keys of the configuration. @throws AppError when the key service does not open them. */
export function openMasterKeys(
  config: Pick<Config, 'keyService' | 'secrets'>,
  log: Logger,
): Promise<Keyring> {
  return openKeyring({
    masterKeys: config.secrets.masterKeys,
    keyService: keyServiceOf(config),
    trustSeconds: config.keyService?.trustSeconds ?? 0,
    onChange: (state) => {
      if (state === 'unavailable') log.warn({}, 'the key service does not answer');
      if (state === 'refused') log.error({}, 'the key service refuses the master keys');
    },
  });
}
