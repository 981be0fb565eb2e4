import type { ClaimKind, NOTED_WHEN_NOT_SHARED } from '../../scopes/index.ts';
import type { ConsentItem, PauseReason } from '../consent.ts';
import { isWithin, type Duration } from '../duration.ts';
import type { RequestChange } from '../covers-request.ts';
import type { RiskSign } from './risk-sign.ts';

/** The requesting app, as shown to the person. */
export interface PromptApp {
  readonly clientId: string;
  readonly name: string;
  /** The address of its logo; null without one. */
  readonly logo: string | null;
  readonly clientUri: string | null;
  readonly policyUri: string | null;
  readonly tosUri: string | null;
  readonly contact: string | null;
  readonly isVerified: boolean;
}

/** One value that may be shared. */
export interface PromptOption {
  readonly attributeId: string;
  /** The real value as text; an address has one line per line. */
  readonly lines: readonly string[];
  /** The person's own name for it. */
  readonly label: string | null;
  readonly isVerified: boolean;
  readonly isDefault: boolean;
}

/** A value that an app requests and the person does not have. */
export interface MissingValue {
  /** The kind of its field; null: people cannot enter it themselves. */
  readonly kind: ClaimKind | null;
  /** The values of a list to choose from; empty for every other kind. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** A value that exists, but must be verified before it can be shared. */
  readonly unverified: string | null;
}

/** One claim on the consent page. */
export interface PromptItem {
  readonly claim: string;
  readonly title: string;
  readonly icon: string;
  readonly sensitivity: 'low' | 'medium' | 'high';
  readonly isEssential: boolean;
  /** The app's purpose, in the person's language where the app has a text in it. */
  readonly purpose: string | null;
  /** Values that may be shared, the default first. Empty: nothing (verified) is stored. */
  readonly options: readonly PromptOption[];
  /** How the person can add a value; null when there is one to share. */
  readonly missing: MissingValue | null;
  /** Shortest first. */
  readonly durations: readonly Duration[];
  /** The earlier decision about it. */
  readonly previous: Pick<
    ConsentItem,
    'decision' | 'attributeId' | 'duration' | 'expiresAt'
  > | null;
  /** Has to be decided now. */
  readonly isNew: boolean;
  /** Why it has to be decided. */
  readonly changes: readonly RequestChange[];
  /** The app's purpose that the person agreed to before, when it reads differently now. */
  readonly earlierPurpose: string | null;
  /** A permission of this installation that contains it, with its own text. */
  readonly within: { readonly title: string; readonly description: string } | null;
}

/** One permission that is not a value: an API, or this account itself. */
export interface PromptPermission {
  readonly scope: string;
  readonly title: string;
  readonly description: string;
  readonly sensitivity: 'low' | 'medium' | 'high';
  /** The API it is for; null for this server. */
  readonly resourceTitle: string | null;
  readonly previous: 'allow' | 'refuse' | null;
  readonly isNew: boolean;
}

/** A well-known claim that the app will not get. */
export type NotShared =
  'password' | (typeof NOTED_WHEN_NOT_SHARED)[number] | 'other_values' | 'other_apps';

/** Everything the consent page shows. */
export interface ConsentPrompt {
  /** Changes whenever the requested claims and permissions, or one of their texts, change. */
  readonly version: string;
  readonly app: PromptApp;
  /** A reason to be careful with the app; null when there is none. */
  readonly risk: RiskSign | null;
  /** The name of the account that is signed in: an e-mail, or another name. */
  readonly signedInAs: string;
  /** The id of the person's default picture; null without one. */
  readonly picture: string | null;
  readonly items: readonly PromptItem[];
  readonly permissions: readonly PromptPermission[];
  /** The app stays connected until the person ends it. */
  readonly isOffline: boolean;
  /** There is an earlier decision about this app that is still valid. */
  readonly isChange: boolean;
  /** The time since which the app is connected; null before the first decision. */
  readonly connectedSince: Date | null;
  /** Everything is to be decided again, not only the changes. */
  readonly decidesEverything: boolean;
  /** The sign-in can continue with the earlier decision, which is still in force. */
  readonly canKeep: boolean;
  /** The time of the pause; null while it is not paused. */
  readonly suspendedAt: Date | null;
  /** The reason of the pause; null while it is not paused. */
  readonly suspendedFor: PauseReason | null;
  /** Titles of claims and permissions that were allowed before and are not requested any more. */
  readonly dropped: readonly string[];
  readonly notShared: readonly NotShared[];
  /** Technical details for interested people. */
  readonly technical: {
    readonly clientId: string;
    readonly scopes: readonly string[];
    readonly claims: readonly string[];
    readonly resources: readonly string[];
  };
}

/** The items about which the page requests a decision now; the others keep their earlier decision. */
export function claimsToDecide(prompt: ConsentPrompt): readonly PromptItem[] {
  const isPartial = isPartlyNew(prompt);
  return prompt.items.filter(({ isNew }) => isNew || !isPartial);
}

/** Does the page request only the changes, because an earlier decision covers the rest? */
export function isPartlyNew({
  decidesEverything,
  dropped,
  items,
  permissions,
}: ConsentPrompt): boolean {
  return (
    !decidesEverything &&
    (dropped.length > 0 || [...items, ...permissions].some(({ isNew }) => isNew))
  );
}

/** The longest duration that can be chosen for any of these claims; null without claims. */
export function longestOf(items: readonly PromptItem[]): Duration | null {
  let longest: Duration | null = null;
  for (const { durations } of items) {
    const last = durations.at(-1) ?? null;
    if (longest === null || (last !== null && isWithin(longest, last))) longest = last;
  }
  return longest;
}

/** `overall`, as far as the app may have the claim for that long. */
export function usualDuration({ durations }: PromptItem, overall: Duration): Duration {
  return durations.findLast((duration) => isWithin(duration, overall)) ?? 'once';
}
