import { signIn, visitorAt, type TestPerson } from './people.ts';
import type { Visitor } from './visitor.ts';

/** A visitor who is signed in at the account pages. */
export async function signedInVisitor(serverUrl: string, person: TestPerson): Promise<Visitor> {
  const visitor = visitorAt(serverUrl);
  await visitor.get('/account');
  await signIn(visitor, person);
  return visitor;
}

/** Calls the JSON API as the scripts of the server's own pages do. */
export function callApi(
  visitor: Visitor,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  address: string,
  body?: unknown,
): Promise<Response> {
  return visitor.request(address, {
    method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      origin: new URL(address).origin,
      'sec-fetch-site': 'same-origin',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
