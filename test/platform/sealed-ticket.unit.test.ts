import { expect } from 'chai';

import { AppError } from '../../src/platform/app-error.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import { openTicket, sealTicket } from '../../src/platform/keys/sealed-ticket.ts';
import { settableClock } from '../support/clock.ts';

const KEY = Buffer.alloc(32, 7);

describe('A sealed ticket', () => {
  const clock = settableClock('2026-12-01T12:00:00Z');
  const ctx = { clock, transientSealer: createSealer([{ version: 1, key: KEY }]) };
  const seal = () => sealTicket(ctx, 'a step', { content: { name: 'Ana' }, lifeMs: 600_000 });

  it('is opened until its end, for its context only', () => {
    const text = seal();
    expect(openTicket(ctx, 'a step', text)).to.include({ name: 'Ana' });
    expect(openTicket(ctx, 'another step', text)).to.equal(null);
    expect(openTicket(ctx, 'a step', `${text.slice(0, -6)}AAAAAA`)).to.equal(null);
    expect(openTicket(ctx, 'a step', '')).to.equal(null);
    clock.advance(599);
    expect(openTicket(ctx, 'a step', text)).to.not.equal(null);
    clock.advance(1);
    expect(openTicket(ctx, 'a step', text)).to.equal(null);
  });

  it('is not ended by an outage of the keys', () => {
    const outage = new AppError('unavailable', 'keys_unavailable');
    const transientSealer = {
      ...ctx.transientSealer,
      open: () => {
        throw outage;
      },
    };
    expect(() => openTicket({ clock, transientSealer }, 'a step', seal())).to.throw(outage);
  });
});
