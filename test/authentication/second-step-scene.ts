import { generateSync } from 'otplib';

import type { Authentication } from '../../src/authentication/index.ts';
import type { TestPerson } from '../support/people/people.ts';
import { IP, type Scene } from './scene.ts';

export const DEVICE = 'the browser of the person';

/** A person whose sign-in has a second step. */
export interface SecuredPerson extends TestPerson {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** The code that the app shows at this time. */
export function totpCode(secret: string, at: Date): string {
  return generateSync({ secret, epoch: Math.floor(at.getTime() / 1000) });
}

/** A code that the app does not show around this time. */
export function wrongTotpCode(secret: string, at: Date): string {
  const near = new Set(
    [-60, -30, 0, 30, 60].map((shift) => totpCode(secret, new Date(at.getTime() + shift * 1000))),
  );
  const wrong = ['000000', '111111', '222222', '333333', '444444', '555555'];
  return wrong.find((code) => !near.has(code)) ?? '666666';
}

/** Sets up an authenticator app, one step before the present one, so that the present code is unused. */
export async function secure(scene: Scene, person: TestPerson): Promise<SecuredPerson> {
  const { authentication, clock } = scene;
  const { accountId } = person;
  const { secret, ticket } = await authentication.startTotp({ accountId });
  const before = new Date(clock.now().getTime() - 30_000);
  const code = totpCode(secret, before);
  const { recoveryCodes } = await authentication.confirmTotp({ accountId, ticket, code });
  return { ...person, secret, recoveryCodes };
}

/** The right password. @returns the ticket for the second step. @throws Error when the sign-in needs none. */
export async function firstStep(
  node: Pick<Authentication, 'signIn'>,
  { email: identifier, password }: TestPerson,
  deviceId: string | null = DEVICE,
): Promise<string> {
  const outcome = await node.signIn({ identifier, password, deviceId, ip: IP });
  if (outcome.status !== 'second_step_needed') throw new Error(`no second step: ${outcome.status}`);
  return outcome.ticket;
}
