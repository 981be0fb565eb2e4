import { expect } from 'chai';

/** Expects an OAuth error with this code, in any property of openid-client errors. */
export async function expectRefusal(call: Promise<unknown>, code: string): Promise<void> {
  let failure: unknown;
  await call.catch((error: unknown) => {
    failure = error;
  });
  expect(failure, 'the call was not refused').to.be.instanceOf(Error);
  const { error, cause } = failure as { error?: string; cause?: unknown };
  const challenges = Array.isArray(cause) ? JSON.stringify(cause) : '';
  expect(error ?? challenges).to.contain(code);
}
