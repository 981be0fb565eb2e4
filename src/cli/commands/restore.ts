import { createInterface } from 'node:readline/promises';

import { AppError } from '../../platform/app-error.ts';
import { restoreInstallation } from '../../server/restore-installation.ts';
import { connect } from '../../server/services.ts';
import { explain, print } from '../output.ts';
import { withMigratedDatabase } from '../with-services.ts';

const WARNING = `This makes a restored main database fit to serve. It ends everything that could have been revoked since the dump:
every session, grant, token and code, mails and text messages that were not sent, and accounts that were purged since.
Every consent is paused until the person agrees again. Passwords, secrets of apps, administrators and blocks are as old as
the dump: check them afterwards.`;

const NOTES = `Done: nodes accept requests again. These data of the dump may be outdated, so check them: changed passwords, removed secrets of
apps, suspended apps, blocked accounts, removed administrators, deletions that were requested since.`;

/** `consentry restore` */
export async function run({ isConfirmed }: { readonly isConfirmed: boolean }): Promise<void> {
  await withMigratedDatabase(async (config) => {
    explain(WARNING);
    if (!isConfirmed) await requireYes();
    const connected = await connect({ ...config, logLevel: 'silent' }, { isRestoring: true });
    try {
      await restoreInstallation(connected, print);
    } finally {
      await connected.close();
    }
    print(NOTES);
  });
}

async function requireYes(): Promise<void> {
  if (process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminal.question('Type "yes" to go on: ');
    terminal.close();
    if (answer.trim() === 'yes') return;
  }
  throw new AppError('invalid', 'confirmation_required', {
    detail: 'Nothing was done. Add --yes to skip the confirmation.',
  });
}
