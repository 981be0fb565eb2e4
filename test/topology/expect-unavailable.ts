import { expect } from 'chai';

/** The project's form of an outage, made by nginx. */
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
