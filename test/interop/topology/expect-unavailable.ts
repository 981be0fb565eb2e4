import { expect } from 'chai';

/** Expects the 503 response of nginx in the format of this project. */
export async function expectUnavailable(response: Response): Promise<void> {
  expect(response.status).to.equal(503);
  expect(Object.fromEntries(response.headers)).to.include({
    'retry-after': '2',
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  });
  expect(await response.json()).to.include({
    status: 503,
    code: 'no_node_available',
    error: 'temporarily_unavailable',
  });
}
