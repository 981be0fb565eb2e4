import { expect } from 'chai';

import { signIn, type TestPerson } from './people.ts';
import type { ThirdPartyApp, Tokens } from './third-party-app.ts';
import type { Visitor } from './visitor.ts';

export interface ConnectInput {
  readonly visitor: Visitor;
  readonly app: ThirdPartyApp;
  readonly person: TestPerson;
  /** Parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Fields of the consent page; other fields keep their initial value. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** Completes sign-in and consent where the server requires them. @returns the tokens of the app. */
export async function connectApp(input: ConnectInput): Promise<Tokens> {
  const attempt = await beginAt(input);
  await answerConsent(input);
  return attempt.finish();
}

/** Starts at the app and signs in where required; ends on the consent page or at the app. */
export async function beginAt({ visitor, app, person, parameters = {} }: ConnectInput) {
  const attempt = await app.begin(visitor, parameters);
  if (visitor.page.document.querySelector('input[name=password]')) await signIn(visitor, person);
  return attempt;
}

/** Submits the consent page with `allow`, if it is shown. */
export async function answerConsent({ visitor, choices = {} }: ConnectInput): Promise<void> {
  if (!isOnConsentPage(visitor)) return;
  await visitor.submitForm('button[value=allow]', choices);
  expect(visitor.page.url.searchParams.get('error'), visitor.page.text).to.equal(null);
}

/** Whether the visitor is on the consent page. */
export function isOnConsentPage(visitor: Visitor): boolean {
  return visitor.page.document.querySelector('button[value=allow]') !== null;
}
