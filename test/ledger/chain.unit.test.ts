import { expect } from 'chai';

import { hashOf, NO_HASH } from '../../src/ledger/chain.ts';

const FIRST = {
  accountId: '0191c0de-0000-4000-8000-000000000001',
  seq: '1',
  releasedAt: '2026-11-20T09:00:00.123456Z',
  clientId: 'bookshop',
  grantId: null,
  channel: 'id_token',
  claims: ['name', 'email'],
  ip: '192.0.2.7',
  requestId: null,
};
const SECOND = {
  ...FIRST,
  seq: '2',
  clientId: 'Книги "и" \\ ещё',
  grantId: 'g1',
  claims: [],
  ip: null,
  requestId: 'r\n1',
};

describe('The hash chain of the ledger', () => {
  it('gives the same rows the same hashes in every version', () => {
    const first = hashOf(FIRST, NO_HASH);
    const second = hashOf(SECOND, first);
    expect([first, second].map((hash) => hash.toString('hex'))).to.deep.equal([
      'ccdffb7e1945d880fd0a1101e0ca555c0b850d7be319983ed8a7f8335ca92b73',
      '54156351c7759d7f4cd161b9d2a37fa477a46da3c0095b069a07c24ac5d1a2eb',
    ]);
  });
});
