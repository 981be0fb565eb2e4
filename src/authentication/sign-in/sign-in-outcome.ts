import type { Proof } from '../proofs/proof.ts';
import type { DeletedAccount } from '../registration/restore-account.ts';

/**
 * How strong the proof of a sign-in must be. `every_step`: also in a browser that does not need the second step, because the
 * person proves the identity again for something that needs it, or the app requires both steps.
 */
export type RequiredProof = 'usual' | 'every_step';

/** The first step was right. The person is not signed in: the ticket only opens the second step, in this browser and for ten minutes. */
export interface SecondStepNeeded {
  readonly status: 'second_step_needed';
  readonly ticket: string;
}

/** The result of every step that is needed. */
export type CompletedOutcome = ({ readonly status: 'signed_in' } & Proof) | DeletedAccount;

/** The result of a right proof. */
export type SignInOutcome = CompletedOutcome | SecondStepNeeded;
