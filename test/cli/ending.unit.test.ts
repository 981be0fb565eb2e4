import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const PROCESS = fileURLToPath(new URL('ending-process.ts', import.meta.url));
/** Far less than the guard time of 15 s. */
const SOON_MS = 5_000;

describe('The end of a server process', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function start(event: string) {
    const child = fork(PROCESS, [event], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    children.push(child);
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    return { child, exited, ready: once(child, 'message') };
  }

  for (const event of ['exception', 'rejection']) {
    it(`logs an uncaught ${event}, stops in order and exits with code 1`, async () => {
      const { child, exited } = await start(event);
      const output = await text(child.stdout as NodeJS.ReadableStream);
      const lines = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { msg: string });
      expect(lines.map(({ msg }) => msg)).to.deep.equal([
        'an uncaught error ends this process',
        'stopped in order',
      ]);
      expect(output).to.include('nobody caught this');
      expect((await exited)[0]).to.equal(1);
    });
  }

  it('follows SIGTERM within 5 s although the log reader has ended', async () => {
    const { child, exited, ready } = await start('many lines');
    await ready;
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.kill('SIGTERM');
    expect(await endsSoon(exited)).to.equal(true);
  });

  it('follows SIGTERM within 5 s although the log reader has stopped reading', async () => {
    const { child, exited, ready } = await start('many lines');
    await ready;
    child.kill('SIGTERM');
    expect(await endsSoon(exited)).to.equal(true);
  });

  it('loses no line while the log reader reads', async () => {
    const { child, ready } = await start('many lines');
    const output = text(child.stdout as NodeJS.ReadableStream);
    await ready;
    child.kill('SIGTERM');
    const lines = (await output).trim().split('\n');
    expect(lines).to.have.length(5_001);
    expect(lines.at(-1)).to.include('stopped in order');
  });
});

async function endsSoon(exited: Promise<unknown>): Promise<boolean> {
  const timer = AbortSignal.timeout(SOON_MS);
  return Promise.race([exited.then(() => true), once(timer, 'abort').then(() => false)]);
}
