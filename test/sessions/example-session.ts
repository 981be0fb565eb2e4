import type { SessionPayload } from '../../src/sessions/session.ts';
import { announceRotation, type Sessions } from '../../src/sessions/index.ts';
import { randomId } from '../tokens/open-stores.ts';
import { inRequest } from './request.ts';

/** The names of one session. */
export interface ExampleSession {
  readonly id: string;
  readonly uid: string;
}

/** A session as oidc-provider saves it, with `accountId` signed in; without an account it is anonymous. */
export function sessionPayload(
  { id, uid }: ExampleSession,
  accountId?: string,
  more: Partial<SessionPayload> = {},
): SessionPayload {
  const now = Math.floor(Date.now() / 1000);
  const signedIn =
    accountId === undefined
      ? {}
      : { accountId, loginTs: now, acr: 'urn:consentry:one', amr: ['pwd'] };
  return { kind: 'Session', jti: id, uid, iat: now, exp: now + 86_400, ...signedIn, ...more };
}

/** A session as a sign-in leaves it: anonymous first, then under a new id with an account. */
export async function signIn(
  sessions: Sessions,
  accountId: string,
  options: Parameters<typeof inRequest>[1] & { readonly more?: Partial<SessionPayload> } = {},
): Promise<ExampleSession> {
  const first = { id: randomId(), uid: randomId() };
  const { artifacts } = sessions;
  await inRequest(() => artifacts.upsert(first.id, sessionPayload(first), 86_400), options);
  const second = { id: randomId(), uid: first.uid };
  await inRequest(async () => {
    await artifacts.find(first.id);
    announceRotation(first.id);
    await artifacts.destroy(first.id);
    await artifacts.upsert(second.id, sessionPayload(second, accountId, options.more), 86_400);
  }, options);
  return second;
}
