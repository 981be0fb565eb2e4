import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

import { isUuid, type AccountStatus } from '../../accounts/index.ts';
import { AppError } from '../../platform/app-error.ts';
import type { Connected } from '../../server/services.ts';
import { parseIdentifier } from '../../vault/index.ts';
import type { JsonOption } from '../command-actions.ts';
import { explain, print } from '../output.ts';
import { withServices } from '../with-services.ts';

export interface CreateAdminOptions extends JsonOption {
  readonly name?: string;
  readonly passwordStdin?: true;
}

/** `consentry accounts create-admin` */
export async function createAdmin(email: string, options: CreateAdminOptions): Promise<void> {
  const password =
    options.passwordStdin === true ? await readPassword() : await promptForPassword();
  await withServices(async ({ authentication }) => {
    const name = options.name ?? null;
    const accountId = await authentication.createAdministrator({ email, name, password });
    answer(options, { accountId, email }, `Administrator ${email} was created: ${accountId}`);
  });
}

export interface BlockOptions extends JsonOption {
  readonly reason: string;
}

/** `consentry accounts block` */
export async function block(account: string, options: BlockOptions): Promise<void> {
  await withServices(async (services) => {
    const accountId = await resolveAccount(services, account);
    await services.authentication.blockAccount({ accountId, reason: options.reason });
    answer(options, { accountId, status: 'blocked' }, `Account ${accountId} is blocked.`);
  });
}

/** `consentry accounts unblock` */
export async function unblock(account: string, options: JsonOption): Promise<void> {
  await withServices(async (services) => {
    const accountId = await resolveAccount(services, account);
    await services.authentication.unblockAccount({ accountId });
    answer(options, { accountId, status: 'active' }, `Account ${accountId} is active.`);
  });
}

/** `consentry accounts grant-admin` and `revoke-admin` */
export async function setAdmin(
  account: string,
  { isAdministrator, ...options }: JsonOption & { readonly isAdministrator: boolean },
): Promise<void> {
  await withServices(async (services) => {
    const accountId = await resolveAccount(services, account);
    await services.db.transaction((tx) =>
      services.accounts.setAdministrator(tx, { accountId, isAdministrator }),
    );
    const words = isAdministrator ? 'is an administrator' : 'is not an administrator';
    answer(options, { accountId, isAdministrator }, `Account ${accountId} ${words}.`);
  });
}

export interface ListAccountsOptions extends JsonOption {
  readonly status?: AccountStatus;
  readonly admins?: true;
  readonly limit: number;
}

/** `consentry accounts list` */
export async function list({ status, admins, limit, json }: ListAccountsOptions): Promise<void> {
  await withServices(async ({ accounts }) => {
    const isAdministrator = admins === true;
    const found = await accounts.list({ status: status ?? null, isAdministrator, limit });
    if (json === true) return print(JSON.stringify(found));
    for (const account of found) {
      const role = account.isAdministrator ? '  administrator' : '';
      print(
        `${account.id}  ${account.status.padEnd(9)}  ${account.createdAt.toISOString()}${role}`,
      );
    }
    if (found.length === 0) explain('No account matches.');
  });
}

async function resolveAccount({ vault }: Connected, text: string): Promise<string> {
  if (isUuid(text.toLowerCase())) return text.toLowerCase();
  const owner = await vault.findIdentifier(parseIdentifier(text));
  if (owner !== null) return owner.accountId;
  throw new AppError('not_found', 'account_not_found', {
    detail: 'No account has this id, e-mail, phone number or username.',
  });
}

/** The first line of standard input, without its end. */
async function readPassword(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  throw new AppError('invalid', 'password_missing', {
    detail: 'Standard input contains no password.',
  });
}

/** Reads a password twice from the terminal without showing it. */
async function promptForPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new AppError('invalid', 'password_missing', {
      detail: 'There is no terminal to type the password at: use --password-stdin.',
    });
  }
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden, terminal: true });
  try {
    const [first, second] = [await ask(lines, 'Password: '), await ask(lines, 'Once more: ')];
    if (first === second) return first;
  } finally {
    lines.close();
  }
  throw new AppError('invalid', 'passwords_differ', { detail: 'The two passwords differ.' });
}

async function ask(lines: ReturnType<typeof createInterface>, question: string): Promise<string> {
  process.stderr.write(question);
  const text = await lines.question('');
  explain('');
  return text;
}

function answer({ json }: JsonOption, value: object, sentence: string): void {
  print(json === true ? JSON.stringify(value) : sentence);
}
