import { expect } from 'chai';

/** Expects an OAuth error of this name, wherever openid-client puts it. */
export async function expectRefusal(call: Promise<unknown>, code: string): Promise<void> {
  let failure: unknown;
  await call.catch((error: unknown) => {
    failure = error;
  });
  expect(failure, 'nothing was refused').to.be.instanceOf(Error);
  const { error, cause } = failure as { error?: string; cause?: unknown };
  const challenges = Array.isArray(cause) ? JSON.stringify(cause) : '';
  expect(error ?? challenges).to.contain(code);
}
