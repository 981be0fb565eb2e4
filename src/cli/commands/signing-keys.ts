import {
  listSigningKeys,
  rotateSigningKeys,
  withdrawSigningKey,
} from '../../platform/keys/signing-key-rotation.ts';
import type { JsonOption } from '../command-actions.ts';
import { print } from '../output.ts';
import { withServices } from '../with-services.ts';

/** `consentry keys signing list` */
export async function list({ json }: JsonOption): Promise<void> {
  await withServices(async (services) => {
    const keys = await listSigningKeys(services);
    if (json === true) return print(JSON.stringify(keys));
    for (const { kid, alg, status, createdAt } of keys)
      print(`${kid}  ${alg}  ${status.padEnd(7)}  ${createdAt.toISOString()}`);
  });
}

/** `consentry keys signing rotate` */
export async function rotate({ json }: JsonOption): Promise<void> {
  await withServices(async (services) => {
    const rotationDays = services.config.signingKeyDays;
    const added = await rotateSigningKeys({ ...services, rotationDays });
    if (json === true) return print(JSON.stringify({ published: added }));
    if (added.length === 0) return print('Every key has a successor that waits already.');
    for (const kid of added) print(`${kid} is published and signs in about an hour.`);
  });
}

/** `consentry keys signing withdraw` */
export async function withdraw(kid: string, { json }: JsonOption): Promise<void> {
  await withServices(async (services) => {
    const rotationDays = services.config.signingKeyDays;
    await withdrawSigningKey({ ...services, rotationDays }, { kid });
    print(json === true ? JSON.stringify({ withdrawn: kid }) : `${kid} is withdrawn.`);
  });
}
