import { checkPeppers, openBreachedPasswords } from '../../authentication/index.ts';
import { type Config, directUrlOf, type PartialConfig } from '../../config/config.ts';
import { openPostgres } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Finding } from './check.ts';

/** Can the list of known passwords be used? @throws AppError `breached_passwords_unreadable`. */
export async function checkPasswordList({
  breachedPasswordsFile: file,
}: PartialConfig): Promise<Finding> {
  const { count, isShipped } = await openBreachedPasswords(file);
  const origin = isShipped ? 'of this server' : 'of BREACHED_PASSWORDS';
  return { text: `the list ${origin} refuses ${String(count)} known passwords` };
}

/** Are the peppers those with which the stored passwords are hashed? @throws AppError `password_pepper_wrong`. */
export async function checkPasswordPeppers(config: Config): Promise<Finding> {
  const { passwordPeppers: peppers } = config.secrets;
  const url = directUrlOf(config);
  const db = openPostgres({ url, poolSize: 1, applicationName: 'consentry-doctor' });
  try {
    const [table] = await db.query<{ isMade: boolean }>(
      sql`select to_regclass('password_peppers') is not null as is_made`,
    );
    const used = table?.isMade === true ? await checkPeppers({ db, peppers }) : [];
    const current = peppers.current === null ? 'none' : `key ${String(peppers.current)}`;
    const others = used.filter((version) => version !== peppers.current);
    return {
      text: `${current} is for new hashes`,
      notes: others.map(
        (version) =>
          `passwords are still hashed with key ${String(version)}: keep it until their owners have signed in`,
      ),
    };
  } finally {
    await db.close();
  }
}
