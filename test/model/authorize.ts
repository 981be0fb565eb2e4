import * as oauth from 'openid-client';

import { findForm, readForm } from '../support/http/html-form.ts';
import { isOnConsentPage } from '../support/people/connect-app.ts';
import { signIn } from '../support/people/people.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { chooseOnPage, type Choices, type Chosen } from './choose-on-page.ts';
import { newValueFor, type ModelPerson, type World } from './world.ts';

export interface AuthorizeInput {
  readonly person: number;
  readonly app: number;
  readonly scopes: readonly string[];
  readonly userinfoClaims: readonly string[];
  readonly idTokenClaims: readonly string[];
  readonly prompt: 'none' | 'consent' | null;
  /** A number from 0 to 99 that selects an option of the page. */
  readonly choices: readonly number[];
}

/** The result of an authorization request. */
export type Authorized =
  | { readonly kind: 'refused'; readonly error: string }
  /** Something that the app needs is missing, so the person could not allow it and left. */
  | { readonly kind: 'left'; readonly hasStopped: boolean; readonly text: string }
  | {
      readonly kind: 'signed_in';
      /** The person's choice per claim on the page; null: no page was shown. */
      readonly chosen: ReadonlyMap<string, Chosen> | null;
      readonly tokens: Awaited<ReturnType<typeof oauth.authorizationCodeGrant>>;
    };

/** Goes through the real pages as a browser without JavaScript and redeems the code as a real client. */
export async function authorize(world: World, input: AuthorizeInput): Promise<Authorized> {
  const owner = world.people[input.person];
  const { app } = world.apps[input.app] ?? {};
  if (owner === undefined || app === undefined) throw new Error('nobody there');
  const { visitor, person } = owner;
  const wanted = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, null]));
  const attempt = await app.begin(visitor, {
    scope: ['openid', 'offline_access', ...input.scopes].join(' '),
    claims: JSON.stringify({
      userinfo: wanted(input.userinfoClaims),
      id_token: wanted(input.idTokenClaims),
    }),
    ...(input.prompt === null ? {} : { prompt: input.prompt }),
  });
  if (visitor.page.document.querySelector('input[name=password]')) await signIn(visitor, person);
  let chosen: Choices['chosen'] | null = null;
  if (isOnConsentPage(visitor)) {
    const choices = chooseOnPage(visitor, {
      choices: input.choices,
      longestOf: (claim) => world.apps[input.app]?.requests.get(claim)?.longest ?? 'once',
      newValue: newValueFor,
    });
    ({ chosen } = choices);
    const needed = choices.addedElsewhere.find(
      (claim) => world.apps[input.app]?.requests.get(claim)?.isEssential,
    );
    if (needed === undefined) await visitor.submitForm('button[value=allow]', choices.fields);
    else await requireRedirectToAdd(visitor, choices.fields);
    if (!isOnConsentPage(visitor)) await noteEntered(world, owner, choices);
  }
  const { text } = visitor.page;
  const leave = ['deny', 'stop'].find((value) => hasAnswer(visitor, value));
  if (leave !== undefined) {
    await visitor.submitForm(`button[value=${leave}]`);
    const error = attempt.answer().get('error');
    if (error !== 'access_denied') throw new Error(`${leave}: ${visitor.page.text}`);
    return { kind: 'left', hasStopped: leave === 'stop', text };
  }
  const answer = attempt.answer();
  const error = answer.get('error');
  if (error !== null) return { kind: 'refused', error };
  if (answer.get('code') === null) return { kind: 'refused', error: visitor.page.text };
  try {
    return { kind: 'signed_in', chosen, tokens: await attempt.finish() };
  } catch (failure) {
    // The node of the token endpoint may be notified of a withdrawal before the node that issued the code.
    const isLate = world.toleranceMs > 0 && failure instanceof oauth.ResponseBodyError;
    if (isLate && failure.error === 'invalid_grant')
      return { kind: 'refused', error: failure.error };
    throw failure;
  }
}

/**
 * Allowing leads to the pages that add an address. They require a recent sign-in, which is impossible here while the clock is
 * years ahead, so the visitor does not follow.
 */
async function requireRedirectToAdd(visitor: Visitor, fields: Choices['fields']): Promise<void> {
  const { page } = visitor;
  const found = findForm(page.document, 'button[value=allow]');
  if (found === null) throw new Error('not on the consent page');
  const { action, fields: body } = readForm(found, fields);
  const { origin, href } = page.url;
  const headers = { origin, referer: href, 'sec-fetch-site': 'same-origin' };
  const answer = await visitor.request(action ?? href, { method: 'POST', body, headers });
  const location = answer.headers.get('location');
  // Beside it, a value may be missing that is entered on the page: then the page is shown again.
  const isRefused = location === null ? answer.status >= 400 : location.includes('/add/');
  if (!isRefused) throw new Error(`allowed without a needed value: ${location ?? 'no redirect'}`);
}

function hasAnswer(visitor: Visitor, value: string): boolean {
  return visitor.page.document.querySelector(`.consent-answers button[value=${value}]`) !== null;
}

/** Makes the values that were entered on the consent page known to the model, with the ids that they were saved under. */
async function noteEntered(
  { connected }: World,
  { person: { accountId }, attributes }: ModelPerson,
  { chosen, entered }: Choices,
): Promise<void> {
  if (entered.size === 0) return;
  const stored = await connected.vault.listAttributes(accountId);
  for (const [claim, value] of entered) {
    const saved = stored.find((known) => known.claim === claim && known.value === value);
    const choice = chosen.get(claim);
    if (saved === undefined || choice === undefined)
      throw new Error(`${claim} was entered and not saved`);
    attributes.push({ id: saved.id, claim, value });
    choice.value = saved.id;
  }
}
