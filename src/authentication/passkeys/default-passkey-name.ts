import { describeDevice } from '../../sessions/index.ts';

/** Common makers of passkeys by the AAGUID of their authenticators. Without attestation it is a hint and no proof. */
const MAKERS: ReadonlyMap<string, string> = new Map([
  ['fbfc3007-154e-4ecc-8c0b-6e020557d7bd', 'iCloud Keychain'],
  ['ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4', 'Google Password Manager'],
  ['08987058-cadc-4b81-b6e1-30de50dcbe96', 'Windows Hello'],
  ['9ddd1817-af5a-4672-a2b9-3e3dd95000a9', 'Windows Hello'],
  ['6028b017-b1d4-4c02-b4b3-afcdafc96bb2', 'Windows Hello'],
  ['adce0002-35bc-c60a-648b-0b25f1f05503', 'Chrome, Mac'],
  ['bada5566-a7aa-401f-bd96-45619a55120d', '1Password'],
  ['d548826e-79b4-db40-a3d8-11116f7e8349', 'Bitwarden'],
]);

/** A first name for a passkey: its maker, else the browser and system in which it was made; null when all are unknown. */
export function defaultPasskeyName(aaguid: string, userAgent: string): string | null {
  const maker = MAKERS.get(aaguid);
  if (maker !== undefined) return maker;
  const { browser, system } = describeDevice(userAgent);
  const known = [browser, system].filter((name) => name !== null);
  return known.length === 0 ? null : known.join(', ');
}
