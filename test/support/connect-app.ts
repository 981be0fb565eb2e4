import { expect } from 'chai';

import { signIn, type TestPerson } from './people.ts';
import type { ThirdPartyApp, Tokens } from './third-party-app.ts';
import type { Visitor } from './visitor.ts';

export interface ConnectInput {
  readonly visitor: Visitor;
  readonly app: ThirdPartyApp;
  readonly person: TestPerson;
  /** Of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Fields of the consent page; what is not named stays as the page offers it. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** Goes through sign-in and consent as far as the server asks for them. @returns what the app gets. */
export async function connectApp(input: ConnectInput): Promise<Tokens> {
  const attempt = await beginAt(input);
  await answerConsent(input);
  return attempt.finish();
}

/** As far as the consent page, or back at the app when there is nothing to ask. */
export async function beginAt({ visitor, app, person, parameters = {} }: ConnectInput) {
  const attempt = await app.begin(visitor, parameters);
  if (visitor.page.document.querySelector('input[name=password]')) await signIn(visitor, person);
  return attempt;
}

/** Allows what the consent page asks, when there is one. */
export async function answerConsent({ visitor, choices = {} }: ConnectInput): Promise<void> {
  if (!isAskedForConsent(visitor)) return;
  await visitor.submitForm('button[value=allow]', choices);
  expect(visitor.page.url.searchParams.get('error'), visitor.page.text).to.equal(null);
}

/** Is the visitor on the consent page? */
export function isAskedForConsent(visitor: Visitor): boolean {
  return visitor.page.document.querySelector('button[value=allow]') !== null;
}
