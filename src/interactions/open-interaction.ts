import type { Context } from 'koa';
import { errors, type Interaction, type Provider } from 'oidc-provider';

import type { Client } from '../clients/index.ts';
import { applyUiLocales } from '../oidc/http.ts';
import { type ConsentParameters, fromProviderError } from '../oidc/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { InteractionsContext } from './context.ts';

/** A prompt for whose result `/auth` waits. */
export interface OpenInteraction {
  readonly uid: string;
  readonly prompt: 'login' | 'consent' | 'create' | 'select_account' | 'username';
  /** The reasons of the prompt: names of checks of the interaction policy. */
  readonly reasons: readonly string[];
  readonly parameters: ConsentParameters & InteractionParameters;
  readonly client: Client;
  /** The account that is signed in at this browser. */
  readonly accountId: string | null;
  readonly sessionUid: string | null;
}

interface InteractionParameters {
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly login_hint?: string | undefined;
  readonly max_age?: number | undefined;
  /** Separated by spaces. */
  readonly acr_values?: string | undefined;
  /** Languages in order of preference, separated by spaces. */
  readonly ui_locales?: string | undefined;
}

/**
 * Reads the interaction of this browser. The cookie identifies it, and the path must match the cookie, so that a person
 * cannot be made to complete the interaction of another person (login CSRF, RFC 9700 §4.7).
 * @throws AppError `interaction_expired` when there is none, it has ended, or it belongs to another session.
 */
export async function openInteraction(
  deps: InteractionsContext,
  ctx: Context,
  uid: string,
): Promise<OpenInteraction> {
  const interaction = await find(deps.provider(), ctx);
  if (interaction.uid !== uid || !(await isOfThisSession(deps.provider(), ctx, interaction)))
    throw new AppError('gone', 'interaction_expired');
  const parameters = interaction.params as unknown as OpenInteraction['parameters'];
  applyUiLocales(deps.languages, ctx, parameters.ui_locales);
  const client = await deps.clients.find(parameters.client_id);
  if (client === null || client.status !== 'active')
    throw new AppError('gone', 'interaction_expired');
  return {
    uid,
    prompt: interaction.prompt.name as OpenInteraction['prompt'],
    reasons: interaction.prompt.reasons,
    parameters,
    client,
    accountId: interaction.session?.accountId ?? null,
    sessionUid: interaction.session?.uid ?? null,
  };
}

/** `/auth` continues an interaction only in the session in which it began. */
async function isOfThisSession(
  provider: Provider,
  ctx: Context,
  { session: origin }: Interaction,
): Promise<boolean> {
  if (origin?.uid === undefined) return true;
  const { uid } = await fromProviderError(provider.Session.get(ctx as never));
  return uid === origin.uid;
}

async function find(provider: Provider, ctx: Context): Promise<Interaction> {
  try {
    return await fromProviderError(provider.interactionDetails(ctx.req, ctx.res));
  } catch (error) {
    if (error instanceof errors.SessionNotFound) {
      throw new AppError('gone', 'interaction_expired', { cause: error });
    }
    throw error;
  }
}
