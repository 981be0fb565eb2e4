import { directUrlOf } from '../config/config.ts';
import {
  createInstallationStore,
  createKeyInstallationStore,
} from '../platform/postgres/installation-store.ts';
import { endEverythingIssued } from '../platform/postgres/restore-store.ts';
import type { Connected } from './services.ts';

/**
 * Prepares a restored main database for service: ends everything that may have been revoked since the dump. Nodes
 * refuse to work from the first step until the last. Each step changes only unchanged rows, so that the command can be
 * repeated after a crash.
 *
 * Passwords, secrets of apps, roles and blocks are as old as the dump: the key store has no newer state of them.
 * @returns the numbers of purged accounts of the dump that were removed again, of ended sessions and grants, and of consents that
 * people have to confirm again.
 */
export async function restoreInstallation(connected: Connected, onStep: (step: string) => void) {
  const { db, keyStore } = connected;
  const keys = createKeyInstallationStore(keyStore.db);
  const incarnation = await keys.beginRestore();
  onStep('Every node now refuses to work until this ends.');
  await connected.transientKeys.destroyAll();
  onStep('Mails, text messages, codes and sign-ins under way cannot be read any more.');
  const purgedAccounts = await connected.deletions.removePurgedAgain();
  onStep(`${String(purgedAccounts)} purged accounts that the dump brought back are gone again.`);
  const { sessions, grants } = await endEverythingIssued(directUrlOf(connected.config));
  onStep(`${String(sessions)} sessions and ${String(grants)} grants with their tokens have ended.`);
  const consents = await connected.consents.pauseAfterRestore();
  onStep(`${String(consents)} consents are paused until the person agrees again.`);
  const row = await keys.find();
  if (row === null) throw new Error('the key store lost its row during a restore');
  await createInstallationStore(db).begin({ id: row.id, incarnation, marker: row.marker + 1 });
  await keys.endRestore();
  return { purgedAccounts, sessions, grants, consents };
}
