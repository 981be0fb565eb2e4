import { passkeyDevice } from '../../authentication/passkey-device.ts';
import type { TestServer } from '../servers/server.ts';
import type { TestPerson } from './people.ts';

/** Adds a passkey of a device that is no browser. @returns its id. */
export async function addPasskey(
  { connected, url }: Pick<TestServer, 'connected' | 'url'>,
  { accountId }: Pick<TestPerson, 'accountId'>,
): Promise<string> {
  const owner = { accountId, deviceId: null };
  const creation = await connected.authentication.startPasskey(owner);
  const place = { origin: url, rpId: new URL(url).hostname };
  const answer = passkeyDevice({ isSynced: true }).create(creation, place);
  const { ticket } = creation;
  const { id } = await connected.authentication.addPasskey({ ...owner, ticket, answer });
  return id;
}
