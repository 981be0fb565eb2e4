/** ledger: the append-only record of the claims that apps received, chained per account and signed. */
export { createLedger, type Ledger } from './create-ledger.ts';
export { foldReads, type FoldedReads } from './fold-reads.ts';
export { ledgerJobs } from './ledger-jobs.ts';
export { CHANNELS } from './release.ts';
export type {
  Channel,
  ReadsOfApp,
  ReadsOfClaim,
  RecordedRelease,
  Release,
  ReleaseCursor,
  ReleaseFilter,
  ReleaseQuery,
} from './release.ts';
export type { CheckpointName } from './sign-checkpoints.ts';
export type { Finding } from './finding.ts';
export type { VerifyLedgerInput } from './verify-ledger.ts';
