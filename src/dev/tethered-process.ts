import { spawn, type ChildProcess } from 'node:child_process';

interface TetherOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly identity?: ProcessIdentity;
  /** The signal that stops the process. */
  readonly stopSignal: 'INT' | 'TERM';
  /** The target of its standard output; default: discarded. */
  readonly output?: 'ignore' | 'inherit';
}

/** The user of the process, if it is not the current user. */
export interface ProcessIdentity {
  readonly uid: number;
  readonly gid: number;
}

// The shell holds the reading end of a pipe. When this process ends in any way, SIGKILL included, the pipe closes
// and the shell passes the stop signal on. Ctrl-C in a terminal must not reach the service, because the owner stops it
// in order.
const TETHER = `exec 3<&0
"$@" </dev/null 3<&- &
p=$!
(cat <&3 >/dev/null 2>&1; kill -"$STOP_SIGNAL" $p 2>/dev/null) >/dev/null 2>&1 &
w=$!
trap "" INT TERM HUP
wait $p
rc=$?
kill $w 2>/dev/null
exit $rc`;

const ERROR_OUTPUT_CHARACTERS = 4_000;

/**
 * Starts a service that ends with this process, also when this process is killed (on Windows: only when it ends
 * normally).
 */
export function startTethered(options: TetherOptions) {
  const child = process.platform === 'win32' ? spawnPlain(options) : spawnUnderShell(options);
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-ERROR_OUTPUT_CHARACTERS);
  });
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(code ?? signal ?? 'unknown');
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      tail += error.message;
      resolve(error.code ?? error.message);
    });
  });
  letParentEnd(child);
  return {
    pid: child.pid,

    /** Settles with the exit code, or with the name of the error or signal. Never rejects. */
    exited,

    /** The last 4 kB the process wrote to standard error. */
    errorOutput(): string {
      return tail.trim();
    },

    /** Sends the stop signal and waits for the end of the process. */
    async stop(): Promise<void> {
      child.ref();
      if (process.platform === 'win32') child.kill();
      else child.stdin?.end();
      await exited;
    },
  };
}

export type TetheredProcess = ReturnType<typeof startTethered>;

function spawnUnderShell(options: TetherOptions) {
  const { command, args, env, cwd, identity, stopSignal, output = 'ignore' } = options;
  return spawn('/bin/sh', ['-c', TETHER, 'sh', command, ...args], {
    ...identity,
    cwd,
    env: { ...env, STOP_SIGNAL: stopSignal },
    detached: true,
    stdio: ['pipe', output, 'pipe'],
  });
}

function spawnPlain({ command, args, env, cwd, output = 'ignore' }: TetherOptions) {
  return spawn(command, args, { cwd, env, stdio: ['ignore', output, 'pipe'] });
}

function letParentEnd(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stderr, child.stdin]) {
    (stream as unknown as { unref?: () => void } | null)?.unref?.();
  }
}
