import type { ConsentItem } from '../../consents/index.ts';
import type { Words } from './readable-context.ts';

/** How long a value is shared: for one read, until a day, or until the person ends it. */
export function durationEnd(
  { say, formats }: Words,
  { duration, expiresAt }: Pick<ConsentItem, 'duration' | 'expiresAt'>,
): string {
  if (duration === 'once') return say('connected-apps:lasting.once');
  if (expiresAt === null) return say('connected-apps:lasting.until_ended');
  return say('connected-apps:lasting.all_until', { date: formats.date(expiresAt) });
}
