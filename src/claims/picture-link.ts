import type { Account, Accounts } from '../accounts/index.ts';
import type { Client } from '../clients/index.ts';
import type { Consent } from '../consents/index.ts';
import type { KeyedTokens } from '../platform/keys/keyed-token.ts';
import { AVATAR_CLAIM, type AvatarRef } from '../vault/index.ts';
import type { ReleasedValue } from './compose-claims.ts';

/** The dependencies of the addresses of pictures. */
export interface PictureDeps {
  readonly issuer: string;
  readonly tokens: KeyedTokens;
  readonly accounts: Pick<Accounts, 'find'>;
}

/** The content of one address. The permission is not in it, but checked at every read. */
export interface PictureLink extends AvatarRef {
  readonly clientId: string;
}

const UUID_BYTES = 16;
const EPOCH_BYTES = 8;
// Bits of a time in milliseconds since 1970; sufficient until the year 2109.
const TIME_BITS = 42n;
const CLIENT_AT = 3 * UUID_BYTES + EPOCH_BYTES;

/**
 * The same values with an address in place of each picture: one of its own per app, person, decision and picture. No
 * picture is released for a person whose account is not in use.
 */
export async function withPictureLinks<Value extends ReleasedValue & { readonly id: string }>(
  { issuer, tokens, accounts }: PictureDeps,
  { consent, client }: { readonly consent: Consent; readonly client: Client },
  values: readonly Value[],
): Promise<Value[]> {
  if (!values.some(({ claim }) => claim === AVATAR_CLAIM)) return [...values];
  const account = await accounts.find(consent.accountId);
  return values.flatMap((found) => {
    if (found.claim !== AVATAR_CLAIM) return [found];
    if (account?.status !== 'active') return [];
    // Ending all sessions or all tokens ends the earlier addresses as well.
    const epoch = epochOf(account, client);
    const token = tokens.issue(pack(consent, { avatarId: found.id, epoch }));
    return [{ ...found, value: pictureUrl(issuer, token) }];
  });
}

/** Null for a token that was not issued here. */
export function readPictureLink(tokens: KeyedTokens, token: string): PictureLink | null {
  const content = tokens.read(token);
  if (content === null || content.length <= CLIENT_AT) return null;
  return {
    accountId: uuidAt(content, 0),
    avatarId: uuidAt(content, 2 * UUID_BYTES),
    clientId: content.toString('utf8', CLIENT_AT),
  };
}

/** The address that an app gets. */
export function pictureUrl(issuer: string, token: string): string {
  return `${issuer}/pictures/${token}`;
}

function epochOf({ proofGeneration }: Account, { tokensCutOffAt }: Client): bigint {
  return (BigInt(proofGeneration) << TIME_BITS) | BigInt(tokensCutOffAt?.getTime() ?? 0);
}

function pack(
  { accountId, clientId, id }: Consent,
  { avatarId, epoch }: { readonly avatarId: string; readonly epoch: bigint },
): Buffer {
  const since = Buffer.alloc(EPOCH_BYTES);
  since.writeBigUInt64BE(epoch);
  const ids = [accountId, id, avatarId].map((uuid) => Buffer.from(uuid.replaceAll('-', ''), 'hex'));
  return Buffer.concat([...ids, since, Buffer.from(clientId)]);
}

function uuidAt(content: Buffer, at: number): string {
  const hex = content.toString('hex', at, at + UUID_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
