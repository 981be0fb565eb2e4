import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Secrets of a development server, as text. */
interface DevelopmentSecrets {
  /** As in MASTER_KEYS. */
  readonly masterKeys: string;
  /** Base64. */
  readonly blindIndexKey: string;
  readonly cookieKey: string;
  readonly pairwiseSalt: string;
}

/**
 * Random secrets, made at the first start and kept in `<dataFolder>/secrets.json` for its owner only. Never called in
 * production.
 * @throws Error when the file exists but cannot be used, because new secrets would make the stored data unreadable.
 */
export function developmentSecrets(dataFolder: string): DevelopmentSecrets {
  const file = secretsFile(dataFolder);
  return readSecrets(file) ?? writeSecrets(file);
}

/** Deletes the keys; values that they sealed cannot be read any more. */
export function removeDevelopmentSecrets(dataFolder: string): void {
  fs.rmSync(secretsFile(dataFolder), { force: true });
}

function secretsFile(dataFolder: string): string {
  return path.join(dataFolder, 'secrets.json');
}

function readSecrets(file: string): DevelopmentSecrets | null {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new Error(`The secrets in ${file} cannot be read (${code})`, { cause: error });
  }
  const secrets = parseSecrets(text);
  if (secrets === null)
    throw new Error(
      `The secrets in ${file} are damaged: restore the file, or start afresh with --reset`,
    );
  return secrets;
}

function parseSecrets(text: string): DevelopmentSecrets | null {
  try {
    const found = JSON.parse(text) as Partial<Record<keyof DevelopmentSecrets, unknown>>;
    const { masterKeys, blindIndexKey, cookieKey, pairwiseSalt } = found;
    const isComplete = [masterKeys, blindIndexKey, cookieKey, pairwiseSalt].every(
      (item) => typeof item === 'string',
    );
    return isComplete ? (found as DevelopmentSecrets) : null;
  } catch {
    return null;
  }
}

function writeSecrets(file: string): DevelopmentSecrets {
  const secrets: DevelopmentSecrets = {
    masterKeys: `1:${crypto.randomBytes(32).toString('base64')}`,
    blindIndexKey: crypto.randomBytes(32).toString('base64'),
    cookieKey: crypto.randomBytes(32).toString('base64url'),
    pairwiseSalt: crypto.randomBytes(32).toString('base64url'),
  };
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${String(process.pid)}`;
  fs.writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // Creating the link fails if another process was faster; then both use the same secrets.
    fs.linkSync(draft, file);
    return secrets;
  } catch {
    return readSecrets(file) ?? secrets;
  } finally {
    fs.rmSync(draft);
  }
}
