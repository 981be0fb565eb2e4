import type { Client } from '../../clients/index.ts';
import type { ClaimDefinition } from '../../scopes/index.ts';
import type { Attribute } from '../../vault/index.ts';
import type { ConsentRequest } from '../consent.ts';
import { resolveRequest } from '../requested-access.ts';
import type { ConsentPrompt } from './consent-prompt.ts';
import { composePrompt, findRisk, type PromptContext } from './describe-consent.ts';

interface ExampleInput {
  /** The app, also with settings that are not saved yet. */
  readonly client: Client;
  readonly locale: string;
  /** The values of the person for these claims. */
  readonly attributesOf: (claims: readonly ClaimDefinition[]) => readonly Attribute[];
}

/**
 * The consent page of a person who signs in to the app for the first time and has exactly these values, when the app requests everything
 * that it registered. Reads neither values nor decisions of any account.
 */
export async function describeExample(
  ctx: PromptContext,
  { client, locale, attributesOf }: ExampleInput,
): Promise<ConsentPrompt> {
  const catalogue = await ctx.scopes.catalogue();
  const request: ConsentRequest = {
    client,
    scopes: client.scopes,
    claims: [],
    resources: catalogue.resourceServers.map(({ identifier }) => identifier),
  };
  const requested = resolveRequest(request, catalogue);
  const definitions = requested.claims.flatMap(({ claim }) => catalogue.claims.find(claim) ?? []);
  return composePrompt(request, {
    requested,
    consent: null,
    attributes: attributesOf(definitions),
    catalogue,
    locale,
    now: ctx.clock.now(),
    risk: await findRisk(ctx, client, client.redirectUris[0]),
  });
}
