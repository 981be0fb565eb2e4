import { page } from '../http/pages/page.ts';
import { describeDevice, type DeviceWords } from './device-words.ts';
import type { SessionSummary } from './session.ts';

/** A row of the devices page. */
interface SessionRow extends DeviceWords {
  readonly uid: string;
  readonly ip: string;
  readonly lastSeenAt: Date;
  readonly authenticatedAt: Date;
}

interface SessionsModel {
  /** The browser in which the page is shown. */
  readonly current: SessionRow | null;
  readonly others: readonly SessionRow[];
}

/** The sessions that a confirmation is about. */
type EndAllChoice = 'others' | 'all';

/** The list of a person's signed-in browsers. */
export const sessionsPage = page<SessionsModel>('sessions/sessions.njk');

/** The confirmation before many sessions end at once. */
export const endAllPage = page<{ readonly which: EndAllChoice }>('sessions/end-all.njk');

/** Separates the current browser from the others. */
export function sessionsModel(
  sessions: readonly SessionSummary[],
  currentUid: string,
): SessionsModel {
  const rows = sessions.map(toRow);
  return {
    current: rows.find(({ uid }) => uid === currentUid) ?? null,
    others: rows.filter(({ uid }) => uid !== currentUid),
  };
}

function toRow({ uid, ip, userAgent, lastSeenAt, authenticatedAt }: SessionSummary): SessionRow {
  return { uid, ip, lastSeenAt, authenticatedAt, ...describeDevice(userAgent) };
}
