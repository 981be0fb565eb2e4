import { expect } from 'chai';

import { createLogger, type Logger } from '../../src/platform/logger.ts';
import { collapseWarnings, writeRepeatedWarnings } from '../../src/platform/repeated-warnings.ts';
import { waitFor } from '../support/wait-for.ts';

interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

describe('Repeated warnings in the log', () => {
  function recording(everyMs: number): { readonly lines: Line[]; readonly log: Logger } {
    const lines: Line[] = [];
    const write = (fields: object, message: string): void =>
      void lines.push({ fields: { ...fields }, message });
    const base: Logger = {
      debug: write,
      info: write,
      warn: write,
      error: write,
      child: () => base,
    };
    return { lines, log: collapseWarnings(base, { everyMs }) };
  }

  it('are one immediate line and one later line with their number, for each reason', async () => {
    const { lines, log } = recording(50);
    for (let count = 0; count < 10; count += 1) {
      log.warn({ code: 'away', reason: 'refused', requestId: String(count) }, 'request');
    }
    log.warn({ code: 'away', reason: 'time-out' }, 'request');
    log.warn({ code: 'away', reason: 'refused' }, 'another message');
    expect(
      lines.map(({ fields, message }) => [message, fields['reason'], fields['repeated']]),
    ).to.deep.equal([
      ['request', 'refused', undefined],
      ['request', 'time-out', undefined],
      ['another message', 'refused', undefined],
    ]);
    await waitFor('the line with the number', () => lines.length === 4);
    expect(lines[3]?.fields).to.include({ reason: 'refused', repeated: 9, requestId: '9' });
  });

  it('are logged immediately again after a pause', async () => {
    const { lines, log } = recording(20);
    log.warn({ code: 'away' }, 'request');
    await new Promise((resolve) => setTimeout(resolve, 200));
    log.warn({ code: 'away' }, 'request');
    expect(lines).to.have.length(2);
  });

  it('are written at the end of the process', () => {
    const { lines, log } = recording(60_000);
    const child = log.child({ part: 'jobs' });
    for (let count = 0; count < 3; count += 1) {
      log.warn({ err: new Error('away') }, 'request');
      child.warn({ err: new Error('away') }, 'request');
    }
    writeRepeatedWarnings();
    const repeated = lines.map(({ fields }) => fields['repeated']).filter(Boolean);
    expect(repeated).to.deep.equal([2, 2]);
  });

  it('are not combined in a log with keepsRepeated', () => {
    for (const keepsRepeated of [false, true]) {
      const lines: string[] = [];
      const output = { write: (line: string): void => void lines.push(line) };
      const log = createLogger({ level: 'info', keepsRepeated, output });
      for (let count = 0; count < 5; count += 1) log.warn({ code: 'away' }, 'request');
      expect(lines).to.have.length(keepsRepeated ? 5 : 1);
    }
    writeRepeatedWarnings();
  });

  it('do not include errors and info lines, which are never combined', () => {
    const { lines, log } = recording(60_000);
    for (let count = 0; count < 3; count += 1) {
      log.error({ err: new Error('a defect') }, 'request');
      log.info({ code: 'invalid_grant' }, 'request');
    }
    expect(lines).to.have.length(6);
  });
});
