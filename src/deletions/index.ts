/** deletions: the deletion of accounts, their purge, and the signed receipt of it. */
export { createDeletions, type Deletions } from './create-deletions.ts';
export { deletionsJobs } from './deletions-jobs.ts';
