import { PASSWORD, visitorAt } from '../support/people/people.ts';
import type { TestServer } from '../support/servers/server.ts';
import type { ThirdPartyApp } from '../support/people/third-party-app.ts';
import { linkFor } from '../vault/mailed-code.ts';

/** Secrets of mailed links that another browser requested. */
export interface ForeignLinks {
  readonly registration: string;
  readonly signIn: string;
}

/** Starts a registration and a sign-in in separate browsers. */
export async function linksOfAnotherBrowser(server: TestServer): Promise<ForeignLinks> {
  const begin = async (step: string, fields: Record<string, string>): Promise<string> => {
    const visitor = visitorAt(server.url);
    const { url } = await visitor.get('/account');
    await visitor.get(`${url.pathname}/${step}`);
    await visitor.submitForm(`form[action$="/${step}"]`, fields);
    const address = fields['email'] ?? fields['identifier'] ?? '';
    return linkFor(server.connected, address);
  };
  const email = 'begun-elsewhere@example.org';
  return {
    registration: await begin('register', { email, name: 'Ana', password: PASSWORD }),
    signIn: await begin('code', { identifier: 'code-from-elsewhere@example.org' }),
  };
}

/** Failures of several kinds, one of them repeated, as the protocol reports them. */
export async function failRequests(
  { url, connected }: TestServer,
  { clientId }: ThirdPartyApp,
): Promise<void> {
  const redirectUri = 'https://www.bookshop.example/a/rather/long/path/of/a/callback/sign-in';
  const query = new URLSearchParams({ client_id: clientId, response_type: 'code' });
  query.set('redirect_uri', redirectUri);
  await fetch(`${url}/auth?${query.toString()}`, { redirect: 'manual' });
  const grant = { grant_type: 'authorization_code', client_id: clientId, code: 'used' };
  for (const secret of ['old', 'older']) {
    const body = new URLSearchParams({ ...grant, client_secret: secret });
    await fetch(`${url}/token`, { method: 'POST', body });
  }
  await connected.clients.noteFailure({
    clientId,
    endpoint: 'authorization',
    code: 'scope_dropped',
    reason: 'not registered for this app: address loans:read',
  });
}
