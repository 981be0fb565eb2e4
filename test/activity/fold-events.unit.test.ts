import { expect } from 'chai';

import { foldEvents } from '../../src/activity/fold-events.ts';
import type { RecordedEvent } from '../../src/audit/index.ts';

let next = 100;

function event(kind: string, requestId: string | null, details: object = {}): RecordedEvent {
  next -= 1;
  return {
    id: String(next),
    kind,
    requestId,
    details,
    accountId: 'ana',
    clientId: null,
    actorId: null,
    ip: null,
    userAgent: null,
    occurredAt: new Date('2026-11-20T10:00:00Z'),
  };
}

describe('The events of one request', () => {
  it('are one entry: a registration also adds and confirms values, and signs in', () => {
    const folded = foldEvents([
      event('sign_in.succeeded', 'r2'),
      event('attribute.verified', 'r1', { claim: 'email' }),
      event('attribute.added', 'r1', { claim: 'email' }),
      event('attribute.added', 'r1', { claim: 'name' }),
      event('account.registered', 'r1'),
    ]);
    expect(folded.map(({ event: { kind } }) => kind)).to.deep.equal([
      'sign_in.succeeded',
      'account.registered',
    ]);
  });

  it('are one entry also with the values that were added before the registration', () => {
    const [registered, ...others] = foldEvents([
      event('account.registered', 'r2'),
      event('attribute.verified', 'r2', { claim: 'email', attributeId: 'a1' }),
      event('attribute.added', 'r1', { claim: 'name', attributeId: 'a2' }),
      event('attribute.added', 'r1', { claim: 'email', attributeId: 'a1' }),
    ]);
    expect(others).to.deep.equal([]);
    expect(registered?.event.kind).to.equal('account.registered');
    expect(registered?.values.map(({ attributeId }) => attributeId)).to.deep.equal(['a1', 'a2']);
  });

  it('name the claims of all values that were added together', () => {
    const [added] = foldEvents([
      event('attribute.added', 'r1', { claim: 'email' }),
      event('attribute.added', 'r1', { claim: 'name' }),
    ]);
    expect(added?.claims).to.deep.equal(['email', 'name']);
  });

  it('stay separate without a request', () => {
    const events = [event('attribute.added', null), event('attribute.added', null)];
    expect(foldEvents(events)).to.have.length(2);
  });
});
