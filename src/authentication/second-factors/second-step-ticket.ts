import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import type { Proof } from '../proofs/proof.ts';
import type { SilentCounter, VisibleCounter } from '../sign-in/attempt-counter.ts';
import { browserOf, type FromBrowser, isRequester } from '../sign-in/browser.ts';
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
  /** Fingerprint of the browser, in base64url; null when the first proof came from a program. */
  readonly browser: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

type Sealing = Pick<AuthenticationContext, 'transientSealer' | 'clock'>;

const LIFE_MS = 600_000;
const CONTEXT = 'second step ticket';

/** Seals the first step for this browser. The server stores nothing: a half-done sign-in is no session. */
export function issueTicket(
  { transientSealer, clock }: Sealing,
  { proof, cleared, ...from }: FirstStep & FromBrowser,
): SecondStepNeeded {
  const content: Content = {
    ...proof,
    cleared: cleared.map((counter) => counter.toString('base64url')),
    browser: browserOf(from)?.toString('base64url') ?? null,
    expiresAt: clock.now().getTime() + LIFE_MS,
  };
  const sealed = transientSealer.seal(JSON.stringify(content), CONTEXT);
  return { status: 'second_step_needed', ticket: sealed.toString('base64url') };
}

/** @throws AppError `second_step_expired` (kind `gone`) for a ticket that is too old, not ours, or of another browser. */
export function openTicket(
  { transientSealer, clock }: Sealing,
  { ticket, deviceId }: { readonly ticket: string; readonly deviceId: string | null },
): FirstStep {
  let content: Content;
  try {
    const opened = transientSealer.open(Buffer.from(ticket, 'base64url'), CONTEXT);
    content = JSON.parse(opened.toString('utf8')) as Content;
  } catch (error) {
    throw new AppError('gone', 'second_step_expired', { cause: error });
  }
  const { accountId, amr, generation, cleared, browser, expiresAt } = content;
  const isElsewhere =
    browser !== null && !isRequester(Buffer.from(browser, 'base64url'), { deviceId });
  if (isElsewhere || expiresAt <= clock.now().getTime())
    throw new AppError('gone', 'second_step_expired');
  return {
    proof: { accountId, amr, generation },
    // They were sealed by `issueTicket`.
    cleared: cleared.map((counter) => Buffer.from(counter, 'base64url') as VisibleCounter),
  };
}
