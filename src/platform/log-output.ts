import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

interface LogOutputOptions {
  /** File descriptor to write to. */
  readonly fd: number;
  /** Maximum time that a line waits to be written together with others. */
  readonly delayMs: number;
}

// A system call per line would be a tenth of the cost of a small request.
const BUFFERED_CHARACTERS = 4_096;
/** Beyond this backlog lines are dropped, so that the memory of the server stays limited. */
const MOST_CHARACTERS = 4_000_000;
const RETRY_MS = 20;

/**
 * The output of log lines. It collects lines and writes them in the background. It never waits for the reader, because
 * a process must be able to end although its log reader has ended. After an error other than "try again" (the reader
 * has ended) all further lines are dropped.
 */
function createLogOutput({ fd, delayMs }: LogOutputOptions) {
  const state = { waiting: [] as string[], length: 0, lost: 0, isWriting: false, isBroken: false };
  let timer: NodeJS.Timeout | undefined;

  const takeAll = (): Buffer => {
    const note = state.lost === 0 ? '' : lostLines(state.lost);
    const chunk = Buffer.from(note + state.waiting.join(''));
    Object.assign(state, { waiting: [], length: 0, lost: 0 });
    return chunk;
  };
  const giveUp = (): void => {
    state.isBroken = true;
    takeAll();
  };
  const drain = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (state.isWriting) return;
    state.isWriting = true;
    try {
      while (state.waiting.length > 0) await writeWhole(fd, takeAll());
    } catch {
      giveUp();
    }
    state.isWriting = false;
  };

  return {
    /** Takes one line with its line break. Returns at once. */
    write(line: string): void {
      if (state.isBroken) return;
      if (state.length > MOST_CHARACTERS) {
        state.lost += 1;
        return;
      }
      state.waiting.push(line);
      state.length += line.length;
      if (state.length >= BUFFERED_CHARACTERS) void drain();
      else timer ??= setTimeout(() => void drain(), delayMs).unref();
    },

    /** Writes the lines that were accepted. @returns false when the reader did not accept all of them in time. */
    async flush(withinMs: number): Promise<boolean> {
      const deadline = performance.now() + withinMs;
      void drain();
      while (state.isWriting && performance.now() < deadline) await pause(RETRY_MS);
      return !state.isWriting;
    },

    /** Used when the process ends: writes once without waiting; lines that the reader does not accept are lost. */
    flushAtExit(): void {
      // A write in progress shows that the reader is slow; a second write could block forever.
      if (state.isBroken || state.isWriting || state.waiting.length === 0) return;
      try {
        fs.writeSync(fd, takeAll());
      } catch {
        giveUp();
      }
    },
  };
}

type LogOutput = ReturnType<typeof createLogOutput>;

async function writeWhole(fd: number, chunk: Buffer): Promise<void> {
  let rest = chunk;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(await writeSome(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await pause(RETRY_MS);
    }
  }
}

function writeSome(fd: number, chunk: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, chunk, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

function lostLines(count: number): string {
  const msg = 'log lines were dropped because the reader of the log was too slow';
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), service: 'consentry', count, msg })}\n`;
}

/** The log of this process. */
export const standardLog: LogOutput = createLogOutput({
  fd: 1,
  delayMs: process.stdout.isTTY ? 0 : 100,
});
process.on('exit', () => standardLog.flushAtExit());
