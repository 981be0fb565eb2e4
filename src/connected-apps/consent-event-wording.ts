import type { ConsentEvent } from '../consents/index.ts';
import { choseToShare } from '../receipts/index.ts';

/**
 * The name of the sentence about a decision in the words of this slice, below `event`: its kind, or a special one when nothing was
 * shared, or when a restored database was the reason of a pause.
 */
export function consentEventWording({ kind, details }: ConsentEvent) {
  const isEmpty = !(details.items ?? []).some(choseToShare);
  if (kind === 'allowed' && isEmpty) return 'connected';
  return kind === 'suspended' && details.pausedFor === 'restored' ? 'suspended_restored' : kind;
}
