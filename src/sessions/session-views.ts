import { page } from '../http/pages/page.ts';
import { describeDevice, type DeviceWords } from './device-words.ts';
import type { SessionSummary } from './session.ts';

/** A row of the devices page. */
export interface SessionRow extends DeviceWords {
  readonly uid: string;
  readonly ip: string;
  readonly lastSeenAt: Date;
  readonly authenticatedAt: Date;
}

export interface SessionsModel {
  /** The browser in which the page is shown. */
  readonly current: SessionRow | null;
  readonly others: readonly SessionRow[];
}

/** Which sessions a confirmation is about. */
export type EndAllChoice = 'others' | 'all';

const SAMPLE_ROW: SessionRow = {
  uid: 'sample-1',
  browser: 'Samsung Internet',
  system: 'Android',
  ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
  lastSeenAt: new Date('2026-11-20T12:00:00Z'),
  authenticatedAt: new Date('2026-11-01T08:30:00Z'),
};

/** The list of a person's signed-in browsers. */
export const sessionsPage = page<SessionsModel>('sessions/sessions.njk', {
  current: SAMPLE_ROW,
  others: [
    { ...SAMPLE_ROW, uid: 'sample-2', browser: null },
    { ...SAMPLE_ROW, uid: 'sample-3', system: null },
    { ...SAMPLE_ROW, uid: 'sample-4', browser: null, system: null, ip: '' },
  ],
});

/** Asks before many sessions end at once. */
export const endAllPage = page<{ readonly which: EndAllChoice }>('sessions/end-all.njk', {
  which: 'others',
});

/** Puts the current browser apart from the others. */
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
