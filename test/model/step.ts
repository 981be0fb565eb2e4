import fc from 'fast-check';
import type { AuthorizeInput } from './authorize.ts';
import { CLAIMS, type Claim } from './world.ts';
import { DURATIONS, type Duration } from './who-may-see-what.ts';

/** Anything that a person, an app, an administrator or time can do. */
export type Step =
  | ({ readonly kind: 'authorize' } & AuthorizeInput)
  | {
      readonly kind: 'read';
      readonly pick: number;
      readonly channel: Channel;
      readonly node: number;
    }
  | { readonly kind: 'refresh'; readonly pick: number; readonly node: number }
  | { readonly kind: 'spy'; readonly pick: number; readonly node: number }
  | ({
      readonly kind: 'change';
      readonly claim: Claim;
      readonly choice: number;
      readonly duration: Duration;
    } & Pair)
  | ({ readonly kind: 'withdraw' } & Pair)
  | { readonly kind: 'add value' | 'remove value'; readonly person: number; readonly claim: Claim }
  | { readonly kind: 'sign out everywhere'; readonly person: number }
  | { readonly kind: 'register'; readonly app: number; readonly claim: Claim; readonly how: number }
  | { readonly kind: 'block'; readonly app: number }
  | { readonly kind: 'wait'; readonly days: number };

export interface Pair {
  readonly person: number;
  readonly app: number;
}

export type Channel = 'userinfo' | 'profile' | 'introspect';

const CHANNELS: readonly Channel[] = ['userinfo', 'userinfo', 'profile', 'introspect'];

const person = fc.nat(1);

const app = fc.nat(1);

const claim = fc.constantFrom(...CLAIMS);

const someClaims = fc.subarray([...CLAIMS]);

const pick = fc.nat(99);

const node = fc.nat(1);

const duration = fc.constantFrom(...DURATIONS);

/** Mostly reads, because they are cheap and most likely to reveal a fault. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      pick,
      channel: fc.constantFrom(...CHANNELS),
      node,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('refresh' as const), pick, node }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('spy' as const), pick, node }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('authorize' as const),
      person,
      app,
      scopes: fc.subarray(['profile', 'email', 'phone']),
      userinfoClaims: someClaims,
      idTokenClaims: someClaims,
      prompt: fc.constantFrom('none' as const, 'consent' as const, 'consent' as const, null),
      choices: fc.array(pick, { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      person,
      app,
      claim,
      choice: pick,
      duration,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), person, app }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add value' as const), person, claim }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('remove value' as const), person, claim }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('sign out everywhere' as const), person }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('register' as const), app, claim, how: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('block' as const), app }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.constantFrom(1, 31, 366) }),
  },
);
