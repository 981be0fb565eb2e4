import { randomUUID } from 'node:crypto';

import type { Database } from '../platform/postgres/postgres.ts';
import { keyedIndex } from '../platform/keys/encryption.ts';
import type { Identifier } from '../vault/index.ts';
import { createExternalIdStore } from './external-id-store.ts';
import type { LineProblem } from './import-record.ts';
import type { ImportsContext } from './context.ts';
import type { ImportedAccount } from './parse-account.ts';

/** An account with its place in the file. */
export interface LineAccount {
  readonly line: number;
  readonly account: ImportedAccount;
}

interface Candidate extends LineAccount {
  readonly id: string;
  readonly externalIndex: Buffer | null;
}

/**
 * Creates accounts in a few statements, each completely or not at all. Accounts that exist already, or that have an
 * address of another account, are omitted.
 */
export async function writeBatch(
  ctx: ImportsContext,
  tx: Database,
  input: { readonly lines: readonly LineAccount[]; readonly onExisting: 'skip' | 'fail' },
) {
  const candidates = input.lines.map(({ line, account }) => ({
    line,
    account,
    id: randomUUID(),
    externalIndex:
      account.externalId === null ? null : keyedIndex(ctx.externalIdKey, account.externalId),
  }));
  const sorted = await separate(ctx, tx, candidates);
  const refused = await insert(ctx, tx, sorted.fresh);
  const problems: LineProblem[] = [
    ...sorted.problems,
    ...(input.onExisting === 'fail'
      ? sorted.existing.map(({ line }) => at(line, 'account_exists'))
      : []),
    ...refused.map(({ line }) => at(line, 'address_taken')),
  ];
  return {
    imported: sorted.fresh.length - refused.length,
    skipped: input.onExisting === 'skip' ? sorted.existing.length : 0,
    problems,
  };
}

function at(line: number, code: string): LineProblem {
  return { line, field: null, code };
}

/** Separates new accounts from those that were imported before, and from those whose address is taken. */
async function separate(ctx: ImportsContext, tx: Database, candidates: readonly Candidate[]) {
  const known = await knownExternalIds(tx, candidates);
  const owners = await ownersOf(ctx, tx, candidates);
  const fresh: Candidate[] = [];
  const existing: Candidate[] = [];
  const problems: LineProblem[] = [];
  const seen = new Map<string, number>();
  for (const candidate of candidates) {
    const { line, externalIndex, account } = candidate;
    const keys = [
      ...(externalIndex === null ? [] : [externalIndex.toString('base64')]),
      ...identifiersOf(account).map((identifier) =>
        ctx.vault.indexIdentifier(identifier).toString('base64'),
      ),
    ];
    const isTaken = owners.has(candidate);
    if (known.has(candidate) || (isTaken && externalIndex === null)) existing.push(candidate);
    else if (isTaken) problems.push(at(line, 'address_taken'));
    else if (keys.some((key) => seen.has(key))) problems.push(at(line, 'duplicate_in_file'));
    else fresh.push(candidate);
    for (const key of keys) seen.set(key, line);
  }
  return { fresh, existing, problems };
}

async function knownExternalIds(
  tx: Database,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<Candidate>> {
  const wanted = candidates.filter(({ externalIndex }) => externalIndex !== null);
  if (wanted.length === 0) return new Set();
  const found = await createExternalIdStore(tx).find(
    wanted.flatMap(({ externalIndex }) => externalIndex ?? []),
  );
  return new Set(wanted.filter((_, index) => found.has(index)));
}

async function ownersOf(
  ctx: ImportsContext,
  tx: Database,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<Candidate>> {
  const wanted = candidates.flatMap((candidate) =>
    identifiersOf(candidate.account).map((identifier) => ({ candidate, identifier })),
  );
  const owners = await ctx.vault.findOwners(
    tx,
    wanted.map(({ identifier }) => identifier),
  );
  return new Set(wanted.filter((_, index) => owners.has(index)).map(({ candidate }) => candidate));
}

function identifiersOf({ values }: ImportedAccount): Identifier[] {
  return values.flatMap(({ identifier }) => (identifier === null ? [] : [identifier]));
}

/** @returns those that could not be made, because another account has just got one of their addresses. */
async function insert(
  ctx: ImportsContext,
  tx: Database,
  fresh: readonly Candidate[],
): Promise<readonly Candidate[]> {
  if (fresh.length === 0) return [];
  const now = ctx.clock.now();
  await ctx.accounts.importMany(
    tx,
    fresh.map(({ id, account }) => ({
      id,
      status: account.status,
      statusReason: account.statusReason,
      locale: account.language,
      createdAt: account.createdAt ?? now,
    })),
  );
  const taken = await ctx.vault.importValues(
    tx,
    fresh.map(({ id, account }) => ({ accountId: id, values: account.values })),
  );
  const ids = await createExternalIdStore(tx).insertNew(
    fresh.flatMap(({ id, externalIndex }) =>
      externalIndex === null ? [] : [{ blindIndex: externalIndex, accountId: id }],
    ),
  );
  const refused = fresh.filter(
    ({ id, externalIndex }) => taken.has(id) || (externalIndex !== null && !ids.has(id)),
  );
  if (refused.length > 0) {
    await ctx.accounts.takeBack(
      tx,
      refused.map(({ id }) => id),
    );
    await ctx.vault.endOwnQuarantines(tx);
  }
  await finish(
    ctx,
    tx,
    fresh.filter((candidate) => !refused.includes(candidate)),
  );
  return refused;
}

async function finish(
  ctx: ImportsContext,
  tx: Database,
  made: readonly Candidate[],
): Promise<void> {
  await ctx.authentication.importPasswords(
    tx,
    made.flatMap(({ id, account: { passwordHash } }) =>
      passwordHash === null ? [] : [{ accountId: id, hash: passwordHash }],
    ),
  );
  await ctx.audit.recordForAccounts(
    tx,
    { kind: 'account.imported' },
    made.map(({ id }) => id),
  );
}
