import type { Client } from '../client.ts';
import { authlib } from './authlib.ts';
import { curl } from './curl.ts';
import { expressOpenidConnect } from './express-openid-connect.ts';
import { goOidc } from './go-oidc.ts';
import { modAuthOpenidc } from './mod-auth-openidc.ts';
import { nextAuth } from './next-auth.ts';
import { oidcClientTs } from './oidc-client-ts.ts';
import { openidClient } from './openid-client.ts';
import type { Stack } from './sample.ts';
import { springBoot } from './spring-boot.ts';

/** Every stack with a sample, in the order of the tabs. `test/interop/code-samples.test.ts` runs each of them. */
export const STACKS = {
  'openid-client': openidClient,
  'express-openid-connect': expressOpenidConnect,
  'next-auth': nextAuth,
  'spring-boot': springBoot,
  authlib,
  'go-oidc': goOidc,
  'mod-auth-openidc': modAuthOpenidc,
  'oidc-client-ts': oidcClientTs,
  curl,
} as const satisfies Readonly<Record<string, Stack>>;

/** The name of a stack in addresses. */
export type StackId = keyof typeof STACKS;

/** The stacks that can sign people in to an app of this type with its settings; curl is always one of them. */
export function stacksFor(client: Client): readonly StackId[] {
  return (Object.keys(STACKS) as StackId[]).filter((id) => {
    const stack: Stack = STACKS[id];
    return stack.types.includes(client.applicationType) && (stack.fits?.(client) ?? true);
  });
}
