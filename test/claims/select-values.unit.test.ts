import { expect } from 'chai';

import type { ClaimsContext } from '../../src/claims/context.ts';
import { selectValues } from '../../src/claims/select-values.ts';
import type { Consent } from '../../src/consents/index.ts';
import { catalogue, clientWith, consentWith, item, NOW } from '../consents/example-consent.ts';

const VALUES = [
  { id: 'e1', claim: 'email', value: 'ana@work.example' },
  { id: 'n1', claim: 'name', value: 'Ana Petrova' },
];

// Rows that the database refuses and stores never return must also be refused here.
const dependencies = (consent: Consent) => {
  const read: string[][] = [];
  const deps = {
    consents: { recent: () => Promise.resolve(consent) },
    clients: { find: () => Promise.resolve(clientWith({})) },
    scopes: { catalogue: () => Promise.resolve(catalogue) },
    attributes: {
      readReleasable: (_accountId: string, ids: readonly string[]) => {
        read.push([...ids]);
        const found = VALUES.filter(({ id }) => ids.includes(id)).map(
          ({ id, ...value }) => [id, { ...value, isVerified: true, updatedAt: NOW }] as const,
        );
        return Promise.resolve(new Map(found));
      },
    },
    clock: { now: () => NOW },
    pictures: {},
  } as unknown as ClaimsContext;
  return { deps, read };
};

const ASKS_EMAIL = {
  accountId: 'p1',
  clientId: 'bookshop',
  scopes: ['openid', 'email'],
  requestedClaims: [],
};

describe('The selection of values for a release', () => {
  it('neither reads nor uses up values that this request does not request', async () => {
    const { deps, read } = dependencies(
      consentWith([
        item('email', { attributeId: 'e1' }),
        item('name', { attributeId: 'n1', duration: 'once' }),
      ]),
    );
    const selection = await selectValues(deps, ASKS_EMAIL);
    expect(read).to.deep.equal([['e1']]);
    expect(selection?.values.map(({ value }) => value)).to.deep.equal(['ana@work.example']);
    expect(selection?.once).to.deep.equal([]);
  });

  it('returns no value of one claim under the name of another', async () => {
    const { deps } = dependencies(consentWith([item('email', { attributeId: 'n1' })]));
    expect(await selectValues(deps, { ...ASKS_EMAIL, scopes: ['profile', 'email'] })).to.equal(
      null,
    );
  });

  it('ignores decisions of another person or about another app', async () => {
    const consent = consentWith([item('email', { attributeId: 'e1' })]);
    for (const other of [{ accountId: 'p2' }, { clientId: 'library' }]) {
      const { deps, read } = dependencies({ ...consent, ...other });
      expect(await selectValues(deps, ASKS_EMAIL)).to.equal(null);
      expect(read).to.deep.equal([]);
    }
  });
});
