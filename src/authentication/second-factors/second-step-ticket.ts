import { AppError } from '../../platform/app-error.ts';
import { openTicket, sealTicket } from '../../platform/keys/sealed-ticket.ts';
import type { AuthenticationContext } from '../context.ts';
import type { Proof } from '../proofs/proof.ts';
import type { SilentCounter, VisibleCounter } from '../sign-in/attempt-counter.ts';
import { browserText, type FromBrowser, isForBrowser } from '../sign-in/browser.ts';
import type { SecondStepNeeded } from '../sign-in/sign-in-outcome.ts';

/** The first step of a sign-in, until the second one is done. */
export interface FirstStep {
  readonly proof: Proof;
  /** Counters of wrong attempts that the complete sign-in resets. */
  readonly cleared: readonly (VisibleCounter | SilentCounter)[];
}

interface Content extends Proof {
  /** In base64url. */
  readonly cleared: readonly string[];
  /** See `browserText`. */
  readonly browser: string | null;
}

type Sealing = Pick<AuthenticationContext, 'transientSealer' | 'clock'>;

const LIFE_MS = 600_000;
const CONTEXT = 'second step ticket';

/** Seals the first step for this browser. The server stores nothing: a half-done sign-in is no session. */
export function issueTicket(
  ctx: Sealing,
  { proof, cleared, ...from }: FirstStep & FromBrowser,
): SecondStepNeeded {
  const content: Content = {
    ...proof,
    cleared: cleared.map((counter) => counter.toString('base64url')),
    browser: browserText(from),
  };
  const ticket = sealTicket(ctx, CONTEXT, { content, lifeMs: LIFE_MS });
  return { status: 'second_step_needed', ticket };
}

/** @throws AppError `second_step_expired` (kind `gone`) for a ticket that is too old, not ours, or of another browser. */
export function openFirstStep(
  ctx: Sealing,
  { ticket, deviceId }: { readonly ticket: string; readonly deviceId: string | null },
): FirstStep {
  const content = openTicket<Content>(ctx, CONTEXT, ticket);
  if (content === null || !isForBrowser(content.browser, { deviceId }))
    throw new AppError('gone', 'second_step_expired');
  const { accountId, amr, generation, cleared } = content;
  return {
    proof: { accountId, amr, generation },
    // They were sealed by `issueTicket`.
    cleared: cleared.map((counter) => Buffer.from(counter, 'base64url') as VisibleCounter),
  };
}
