import type { Passkey, PasskeyRequest } from '../../src/authentication/index.ts';
import type { TestPerson } from '../support/people/people.ts';
import { type DeviceKind, type PasskeyDevice, passkeyDevice } from './passkey-device.ts';
import { IP, type Scene } from './scene.ts';
import { DEVICE } from './second-step-scene.ts';

export const HERE = { deviceId: DEVICE, ip: IP } as const;

/** Adds a passkey on a new device of that kind. */
export async function addPasskey(
  { authentication }: Pick<Scene, 'authentication'>,
  { accountId }: Pick<TestPerson, 'accountId'>,
  kind: DeviceKind = {},
): Promise<{ readonly device: PasskeyDevice; readonly passkey: Passkey }> {
  const device = passkeyDevice(kind);
  const creation = await authentication.startPasskey({ accountId, deviceId: DEVICE });
  const answer = device.create(creation);
  const { ticket } = creation;
  const given = { accountId, deviceId: DEVICE, ticket, answer };
  return { device, passkey: await authentication.addPasskey(given) };
}

type Node = Scene['authentication'];

/** A request for any passkey of the site. */
export function startSignIn(node: Node): Promise<PasskeyRequest> {
  return node.startPasskeySignIn({ deviceId: DEVICE });
}

/** Signs in with a passkey, without a name. */
export async function signInWith(node: Node, device: PasskeyDevice) {
  const request = await startSignIn(node);
  return node.signInByPasskey({ ...HERE, ticket: request.ticket, answer: device.get(request) });
}
