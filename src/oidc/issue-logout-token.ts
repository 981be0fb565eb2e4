import type { Provider } from 'oidc-provider';

import type { OidcContext } from './context.ts';
import { subjectOf } from './subject.ts';

/** A sign-out of which an app is notified. */
export interface LogoutTokenInput {
  readonly clientId: string;
  readonly accountId: string;
  readonly sid: string;
  /** The same in every attempt. */
  readonly id: string;
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Signs a logout token with the algorithm of the app's ID tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): `iat` is now, and it is valid
 * for two minutes. It always contains the `sub` that the app knows, and `sid` unless the app chose tokens without it.
 * @returns null while the app is suspended.
 */
export async function issueLogoutToken(
  { settings }: Pick<OidcContext, 'settings'>,
  provider: Provider,
  { clientId, accountId, sid, id }: LogoutTokenInput,
): Promise<string | null> {
  const client = await provider.Client.find(clientId);
  if (client === undefined) return null;
  const sub = subjectOf(settings.pairwiseSalt, client, accountId);
  const token = new provider.IdToken({}, { client });
  token.set('sub', sub);
  token.set('jti', id);
  token.set('events', { [EVENT]: {} });
  if (client.backchannelLogoutSessionRequired === true) token.set('sid', sid);
  return token.issue({ use: 'logout' });
}
