import { openBreachedPasswords } from '../../authentication/index.ts';
import type { PartialConfig } from '../../config/config.ts';
import type { Finding } from './check.ts';

/** Can the list of known passwords be used? @throws AppError `breached_passwords_unreadable`. */
export async function checkPasswordList({
  breachedPasswordsFile: file,
}: PartialConfig): Promise<Finding> {
  const { count, isShipped } = await openBreachedPasswords(file);
  const origin = isShipped ? 'of this server' : 'of BREACHED_PASSWORDS';
  return { text: `the list ${origin} refuses ${String(count)} known passwords` };
}
