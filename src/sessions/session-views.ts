import { page } from '../http/pages/page.ts';
import type { DeviceWords } from './device-words.ts';
import { type Factor, factorsOf } from './factor.ts';
import type { SessionLife } from './session-life.ts';
import type { SessionSummary } from './session.ts';

/** A session with the words of its owner's language. */
interface DescribedSession extends Omit<SessionSummary, 'clientIds'>, DeviceWords {
  readonly place: string | null;
  readonly apps: readonly { readonly name: string }[];
}

/** A row of the devices page. */
interface SessionRow
  extends
    Pick<
      SessionSummary,
      'uid' | 'ip' | 'createdAt' | 'lastSeenAt' | 'authenticatedAt' | 'expiresAt' | 'isRemembered'
    >,
    DeviceWords {
  readonly place: string | null;
  readonly factors: readonly Factor[];
  readonly appNames: readonly string[];
}

interface SessionLists {
  /** The browser in which the page is shown. */
  readonly current: SessionRow | null;
  readonly others: readonly SessionRow[];
}

interface SessionsModel extends SessionLists {
  readonly life: SessionLife;
  /** Seconds from a sign-in without the choice to stay signed in. */
  readonly unremembered: number;
  readonly isAdministrator: boolean;
}

/** The sessions that a confirmation is about. */
type EndAllChoice = 'others' | 'all';

/** The list of a person's signed-in browsers. */
export const sessionsPage = page<SessionsModel>('sessions/sessions.njk');

/** The confirmation before many sessions end at once. */
export const endAllPage = page<{ readonly which: EndAllChoice }>('sessions/end-all.njk');

/** Separates the current browser from the others. */
export function sessionsModel(
  sessions: readonly DescribedSession[],
  currentUid: string,
): SessionLists {
  const rows = sessions.map(toRow);
  return {
    current: rows.find(({ uid }) => uid === currentUid) ?? null,
    others: rows.filter(({ uid }) => uid !== currentUid),
  };
}

function toRow({ amr, apps, userAgent: _agent, ...session }: DescribedSession): SessionRow {
  return { ...session, factors: factorsOf(amr), appNames: apps.map(({ name }) => name) };
}
