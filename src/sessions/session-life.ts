/** How long a session may live, in seconds. */
export interface SessionLife {
  /** Without a request. */
  readonly idle: number;
  /** After the last sign-in. */
  readonly total: number;
}

/** The lives of sessions. The shortest one that applies to a session counts. */
export interface SessionLives {
  readonly person: SessionLife;
  /** The person did not choose to stay signed in; the browser ends the session when it closes. */
  readonly unremembered: SessionLife;
  readonly administrator: SessionLife;
}

/** The members of a session on which its life depends. */
export interface SignedInSession {
  /** Seconds since 1970. */
  readonly loginTs: number;
  /** True when the person did not choose to stay signed in. */
  readonly transient?: boolean | undefined;
}

/** A session and the circumstances that decide on its life. */
export interface LifeQuestion {
  readonly session: SignedInSession;
  readonly isAdministrator: boolean;
  /** By the clock of the database. */
  readonly now: Date;
}

/** The life of a session, by the kind of sign-in and the present role of the account (NIST SP 800-63B §7.2). */
export function lifeOf(
  lives: SessionLives,
  { session, isAdministrator }: Omit<LifeQuestion, 'now'>,
): SessionLife {
  const applicable = [
    lives.person,
    ...(session.transient === true ? [lives.unremembered] : []),
    ...(isAdministrator ? [lives.administrator] : []),
  ];
  return {
    idle: Math.min(...applicable.map(({ idle }) => idle)),
    total: Math.min(...applicable.map(({ total }) => total)),
  };
}

/** Seconds that a session is valid after a request at `now`; 0 or less when its time is over. */
export function secondsLeft(lives: SessionLives, question: LifeQuestion): number {
  const { idle, total } = lifeOf(lives, question);
  const { session, now } = question;
  return Math.min(session.loginTs + total - Math.floor(now.getTime() / 1000), idle);
}
