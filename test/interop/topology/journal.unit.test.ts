import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { findViolations, openJournal, replay, type Entry, type Verdict } from './journal.ts';

describe('The journal of the mixed load', () => {
  const entry = (verdict: Verdict, ms = 10): Entry => {
    const sentAt = performance.now();
    const times = { sentAt, answeredAt: sentAt + ms };
    return {
      ...times,
      user: 1,
      operation: 'refresh',
      request: 'POST /token',
      status: 503,
      verdict,
      detail: '',
    };
  };

  it('accepts an outage only during a fault, and never a lost or wrong response', async () => {
    const journal = openJournal();
    journal.record(entry('unavailable'));
    expect(findViolations(journal)).to.have.length(1);
    // The response was received before the fault.
    await pause(50);
    await journal.during({ name: 'fault' }, async () => {
      expect(journal.currentFault()?.name).to.equal('fault');
      journal.record(entry('unavailable'));
      expect(findViolations(journal)).to.have.length(1);
      journal.record(entry('unavailable', 20_000));
      journal.record(entry('lost'));
      journal.record(entry('wrong'));
      journal.record(entry('expected'));
    });
    expect(findViolations(journal).map((text) => text.split(':')[0])).to.deep.equal([
      'unavailable without a fault',
      'answered after 20000 ms',
      'lost',
      'wrong',
    ]);
  });

  it('takes the state of a token from its last acknowledgement', () => {
    const token = { kind: 'access', value: 'a', clientId: 'c' } as const;
    const states = replay([
      { at: 1, user: 1, state: 'issued', tokens: [token] },
      { at: 2, user: 1, state: 'ended', tokens: [token] },
    ]);
    expect([...states.values()]).to.deep.equal([{ token, state: 'ended', since: 2 }]);
  });
});
