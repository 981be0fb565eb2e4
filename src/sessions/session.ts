import type { ArtifactPayload } from '../tokens/index.ts';

/** The state of one app in a session. */
export interface SessionAuthorization {
  readonly sid?: string | undefined;
  readonly grantId?: string | undefined;
  /** The app was given offline access: signing out does not end it. */
  readonly persistsLogout?: boolean | undefined;
}

/** A session as oidc-provider keeps it. */
export interface SessionPayload extends ArtifactPayload {
  readonly loginTs?: number | undefined;
  readonly acr?: string | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly transient?: boolean | undefined;
  readonly authorizations?: Readonly<Record<string, SessionAuthorization>> | undefined;
  /** Of a sign-out that has to be confirmed. */
  readonly state?: object | undefined;
}

/** One signed-in browser as its owner sees it. */
export interface SessionSummary {
  readonly uid: string;
  readonly createdAt: Date;
  /** Correct to about an hour: not every request is written down. */
  readonly lastSeenAt: Date;
  readonly authenticatedAt: Date;
  readonly ip: string;
  readonly userAgent: string;
}

/** A session that has just ended. */
export interface EndedSession {
  readonly uid: string;
  readonly fingerprint: Buffer;
  readonly payload: SessionPayload;
}

/** Apps whose access outlives this session. */
export function offlineClientIds({ authorizations = {} }: SessionPayload): readonly string[] {
  return Object.entries(authorizations)
    .filter(([, authorization]) => authorization.persistsLogout === true)
    .map(([clientId]) => clientId);
}
