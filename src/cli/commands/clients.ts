import fs from 'node:fs';

import { type Client, OPERATOR } from '../../clients/index.ts';
import type { JsonOption } from '../command-actions.ts';
import { explain, print } from '../output.ts';
import { withServices } from '../with-services.ts';

/** `consentry clients verify` and `unverify` */
export async function setVerified(
  clientId: string,
  { isVerified, json }: JsonOption & { readonly isVerified: boolean },
): Promise<void> {
  await withServices(async ({ clients }) => {
    answer(await clients.setVerified({ clientId, manager: OPERATOR, isVerified }), json);
  });
}

/** `consentry clients suspend` */
export async function suspend(
  clientId: string,
  { reason, json }: JsonOption & { readonly reason: string },
): Promise<void> {
  await withServices(async ({ clients }) => {
    const input = { clientId, manager: OPERATOR, status: 'suspended', reason } as const;
    answer(await clients.setStatus(input), json);
  });
}

/** `consentry clients resume` */
export async function resume(clientId: string, { json }: JsonOption): Promise<void> {
  await withServices(async ({ clients }) => {
    answer(await clients.setStatus({ clientId, manager: OPERATOR, status: 'active' }), json);
  });
}

/** `consentry clients set-logo` */
export async function setLogo(clientId: string, file: string, { json }: JsonOption): Promise<void> {
  await withServices(async ({ clients }) => {
    const input = { clientId, manager: OPERATOR, content: bytesOf(file) };
    answer(await clients.setLogo(input), json);
  });
}

/** `consentry clients remove-logo` */
export async function removeLogo(clientId: string): Promise<void> {
  await withServices(async ({ clients }) => {
    await clients.removeLogo({ clientId, manager: OPERATOR });
    explain('The app has no logo any more.');
  });
}

export interface ListClientsOptions extends JsonOption {
  readonly unverified?: true;
  readonly limit: number;
}

/** `consentry clients list` */
export async function list({ unverified, limit, json }: ListClientsOptions): Promise<void> {
  await withServices(async ({ clients }) => {
    const isVerified = unverified === true ? false : null;
    const found = await clients.list({ isVerified, limit });
    if (json === true) return print(JSON.stringify(found.map(summaryOf)));
    for (const client of found) print(lineOf(client));
    if (found.length === 0) explain('No app matches.');
  });
}

function summaryOf({ id, name, status, isVerified, ownerAccountId, createdAt }: Client): object {
  return { id, name, status, isVerified, ownerAccountId, createdAt };
}

/** A developer chose the name. Printed as a JSON string it cannot contain control characters of a terminal. */
function lineOf({ id, name, status, isVerified }: Client): string {
  const mark = isVerified ? 'verified' : 'not checked';
  return `${id}  ${status.padEnd(9)}  ${mark.padEnd(11)}  ${JSON.stringify(name)}`;
}

/** Opens the file when the first bytes are wanted. */
async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  yield* fs.createReadStream(file) as AsyncIterable<Buffer>;
}

function answer(client: Client, json: true | undefined): void {
  print(json === true ? JSON.stringify(summaryOf(client)) : lineOf(client));
}
