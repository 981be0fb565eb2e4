import { createPasswordHasher } from '../src/authentication/index.ts';

const times = 12;

/** CPU of one password check at the server's own parameters, in milliseconds. */
export async function measurePasswordHash(): Promise<number> {
  const hasher = createPasswordHasher();
  const hash = await hasher.hash('a password to measure with');
  const before = process.cpuUsage();
  for (let turn = 0; turn < times; turn += 1) await hasher.verify(hash, 'another password');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}
