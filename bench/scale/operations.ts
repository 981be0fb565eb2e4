import { connect, type Connected } from '../../src/server/services.ts';
import { parentOf, readCpu } from '../process-cpu.ts';
import { scaleConfig } from './environment.ts';
import { SHARED_CLAIMS, type Sample, type SamplePerson } from './sample.ts';

export const operationNames = ['sign-in look-up', 'profile read', 'release of 5 claims'] as const;
export type OperationName = (typeof operationNames)[number];

/** Milliseconds of CPU per operation: this process, where the server's code runs, and the database together. */
export type OperationCosts = Readonly<Record<OperationName, number>>;

const CONCURRENCY = 8;

type Operation = (connected: Connected, person: SamplePerson, sample: Sample) => Promise<void>;

const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  'sign-in look-up': async ({ authentication }, { email, accountId }) => {
    const password = 'any, because hashes are free here';
    const result = await authentication.signIn({
      identifier: email,
      password,
      deviceId: null,
      ip: '127.0.0.1',
    });
    if (result.status !== 'signed_in' || result.accountId !== accountId)
      throw new Error('not signed in');
  },
  'profile read': async ({ vault }, { accountId }) => {
    const attributes = await vault.listAttributes(accountId);
    if (attributes.length !== SHARED_CLAIMS.length) throw new Error('values are missing');
  },
  'release of 5 claims': async ({ claims }, { accountId, grantId }, { clientId, scopes }) => {
    const released = await claims.releaseClaims({
      accountId,
      clientId,
      grantId,
      scopes,
      requestedClaims: [],
      channel: 'userinfo',
    });
    for (const claim of SHARED_CLAIMS)
      if (!(claim in released)) throw new Error(`${claim} was not released`);
  },
};

/**
 * Does each operation once for each account of the sample, on a node that has just started: nothing is in its memory, so every
 * one of them reads the database.
 */
export async function measureOperations(
  databaseUrl: string,
  sample: Sample,
): Promise<OperationCosts> {
  const connected = await connect(scaleConfig(databaseUrl));
  try {
    const postmaster = parentOf(await backendPid(connected));
    const costs: Partial<Record<OperationName, number>> = {};
    for (const name of operationNames) {
      const before = usedMs(postmaster);
      await forAll(sample.people, (person) => OPERATIONS[name](connected, person, sample));
      costs[name] = (usedMs(postmaster) - before) / sample.people.length;
    }
    return costs as OperationCosts;
  } finally {
    await connected.close();
  }
}

async function backendPid({ db }: Connected): Promise<number> {
  const { rows } = await db.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

function usedMs(postmaster: number): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + readCpu(postmaster).totalMs;
}

async function forAll<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const one of waiting) await work(one);
    }),
  );
}
