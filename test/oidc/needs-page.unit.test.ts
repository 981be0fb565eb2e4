import { expect } from 'chai';
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';

import { needsPage } from '../../src/oidc/fast-path/needs-page.ts';

const { Check, Prompt } = interactionPolicy;

describe('A request without a page', () => {
  const request = {
    client: { applicationType: 'web' } as never,
    form: { scope: 'openid' },
    accountId: 'a person',
    loginTs: 1,
  };
  const policyWith = (check: (ctx: KoaContextWithOIDC) => boolean) => [
    new Prompt({ name: 'test' }, new Check('test', 'a test', check)),
  ];

  it('is found by the checks of the policy', async () => {
    const reads = ({ oidc }: KoaContextWithOIDC) =>
      oidc.account?.accountId === 'a person' && oidc.params?.['max_age'] === undefined;
    expect(await needsPage(policyWith(reads), request)).to.equal(true);
    expect(
      await needsPage(
        policyWith((ctx) => !reads(ctx)),
        request,
      ),
    ).to.equal(false);
  });

  it('is left to the library when a check reads a member that is not given', async () => {
    const checks: readonly ((ctx: KoaContextWithOIDC) => boolean)[] = [
      ({ oidc }) => oidc.grant === undefined,
      ({ oidc }) => oidc.session?.acr === undefined,
      ({ headers }) => headers['dpop'] === undefined,
    ];
    for (const check of checks) {
      const failure = await needsPage(policyWith(check), request).catch(String);
      expect(failure).to.match(/a check reads (?:oidc|session|ctx)\.\w+/);
    }
  });
});
