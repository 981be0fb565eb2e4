import type { TestPerson } from '../../support/people/people.ts';
import type { ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

/** Parameters that are too large for a cookie, each within its limit. */
export const LARGE_REQUEST = {
  state: 's'.repeat(2_048),
  claims: JSON.stringify({ userinfo: { email: { value: 'x'.repeat(1_500) } } }),
};

/** The response of the authorization endpoint itself. */
export async function watchAuthorization(
  app: ThirdPartyApp,
  visitor: Visitor,
  parameters: Readonly<Record<string, string>>,
): Promise<Response> {
  await app.begin(visitor, parameters);
  const [address] = visitor.page.trail;
  if (address === undefined) throw new Error('the visitor followed no address');
  visitor.cookies.clear();
  return visitor.request(address);
}

/** Submits the password without following the redirect. @returns the redirect address and its cookies. */
export async function signInWithoutRedirect(
  app: ThirdPartyApp,
  visitor: Visitor,
  person: TestPerson,
) {
  await app.begin(visitor);
  const { page, cookies } = visitor;
  const form = page.document.querySelector('form[action$="/sign-in"]');
  const fields = new URLSearchParams(
    (form?.querySelectorAll('input') ?? []).map((input) => [
      input.getAttribute('name') ?? '',
      input.getAttribute('value') ?? '',
    ]),
  );
  fields.set('identifier', person.email);
  fields.set('password', person.password);
  await visitor.request(new URL(form?.getAttribute('action') ?? '', page.url), {
    method: 'POST',
    body: fields,
    headers: { origin: page.url.origin, 'sec-fetch-site': 'same-origin' },
  });
  const uid = page.url.pathname.split('/')[2] ?? '';
  const answerUrl = new URL(`/auth/${uid}`, page.url);
  return { answerUrl, cookies: cookies.header(answerUrl) };
}

/** The same text with another character in the middle. */
export function flip(text: string): string {
  const middle = Math.floor(text.length / 2);
  return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1);
}
