import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

// Of no password; the benchmark does not check hashes.
const HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$bm90IGEgaGFzaCBhdCBhbGw$bm90IGEgaGFzaCBhdCBhbGwsIHJlYWxseSBub3Qgb25lIQ';

/** Writes lines for `consentry import accounts`: five values each. */
export async function writeAccountsFile(file: string, accounts: number): Promise<void> {
  const output = createWriteStream(file);
  for (let index = 0; index < accounts; index += 1) {
    const record = {
      id: `scale-${String(index)}`,
      email: emailOf(index),
      email_verified: true,
      name: `Person ${String(index)} Petrova`,
      nickname: `person-${String(index)}`,
      birthdate: '1990-01-31',
      zoneinfo: 'Europe/Lisbon',
      password_hash: HASH,
    };
    if (!output.write(`${JSON.stringify(record)}\n`)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'finish');
}

/** The e-mail of the account at a line. */
export function emailOf(index: number): string {
  return `scale-${String(index)}@example.org`;
}
