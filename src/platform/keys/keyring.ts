import { AppError, isAppError } from '../app-error.ts';
import type { KeySource, VersionedKey } from './encryption.ts';
import type { KeyService, WrappedKey } from './key-service.ts';

/** A master key of the configuration: in clear, or wrapped by a key service. */
export type MasterKey = VersionedKey | WrappedKey;

/** The master keys of this process. */
export interface Keyring extends KeySource {
  /** Wipes the keys from memory. */
  close(): void;
}

interface KeyringOptions {
  /** The first seals, all open. */
  readonly masterKeys: readonly MasterKey[];
  /** Opens wrapped keys; null when no key is wrapped. */
  readonly keyService: KeyService | null;
  /** How long keys are used after the last answer of the key service that allowed it. */
  readonly trustSeconds: number;
  /** Called when the service does not answer or refuses, and when it answers again. */
  readonly onChange?: (state: 'trusted' | 'unavailable' | 'refused') => void;
}

const RETRY_MS = 5_000;

/**
 * The key service opens wrapped keys once, and receives the same request again well before `trustSeconds` have passed. While it
 * does not answer, the keys are used until then; when it refuses, they are wiped at once.
 * @throws AppError as {@link KeyService} when the first request fails: a node without keys does not start.
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { masterKeys } = options;
  if (masterKeys.every(isPlain)) {
    return { keys: () => masterKeys, close: () => undefined };
  }
  const { keyService, trustSeconds } = options;
  if (keyService === null) throw new Error('wrapped master keys need a key service');
  const state: KeyringState = { keys: null, confirmedAt: -Infinity };
  await renew(state, masterKeys, keyService);

  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const plan = (afterMs: number): void => {
    if (isClosed) return;
    timer = setTimeout(() => void again(), afterMs).unref();
  };
  const again = async (): Promise<void> => {
    try {
      await renew(state, masterKeys, keyService);
      options.onChange?.('trusted');
      plan((trustSeconds * 1000) / 2);
    } catch (error) {
      const isRefused = isAppError(error, 'key_service_refused');
      if (isRefused) forget(state);
      options.onChange?.(isRefused ? 'refused' : 'unavailable');
      plan(Math.min(RETRY_MS, (trustSeconds * 1000) / 4));
    }
  };
  plan((trustSeconds * 1000) / 2);

  return {
    keys: () => {
      const isTrusted = performance.now() - state.confirmedAt <= trustSeconds * 1000;
      if (!isTrusted) forget(state);
      if (state.keys !== null) return state.keys;
      throw new AppError('unavailable', 'key_service_unavailable', {
        retryAfterSeconds: Math.ceil(RETRY_MS / 1000),
      });
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      forget(state);
    },
  };
}

interface KeyringState {
  keys: readonly VersionedKey[] | null;
  /** By the monotonic clock of the process: a process that was paused stops using keys whose time has passed. */
  confirmedAt: number;
}

async function renew(
  state: KeyringState,
  masterKeys: readonly MasterKey[],
  keyService: KeyService,
): Promise<void> {
  const requestedAt = performance.now();
  const opened = await Promise.all(
    masterKeys.map(async (key) =>
      isPlain(key) ? key : { version: key.version, key: await keyService.unwrap(key) },
    ),
  );
  state.confirmedAt = requestedAt;
  // For unchanged keys the same array is kept, and the new copies are wiped.
  if (state.keys === null) state.keys = opened;
  else wipe(opened.filter((_key, index) => !isPlain(masterKeys[index] as MasterKey)));
}

function wipe(keys: readonly VersionedKey[]): void {
  for (const { key } of keys) key.fill(0);
}

function forget(state: KeyringState): void {
  state.keys = null;
  state.confirmedAt = -Infinity;
}

function isPlain(key: MasterKey): key is VersionedKey {
  return 'key' in key;
}
