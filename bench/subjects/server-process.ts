import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { startTethered, type TetheredProcess } from '../../src/dev/tethered-process.ts';

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

const readyWithinMs = 60_000;

/** Node flags and memory setting of the image; both servers get them. */
const { nodeFlags, arenas } = readImage();
/** Compiled code of earlier starts, as in the image. */
const compileCache = `${projectFolder}node_modules/.cache/bench-compile-cache`;

/** A server under measurement: a process that ends with the benchmark. */
export interface ServerProcess extends TetheredProcess {
  readonly pid: number;
}

/**
 * Starts a Node process of this version and waits until an address of it answers.
 * @throws Error with the output of the process when it ended or did not become ready.
 */
export async function startServerProcess(options: {
  /** File and arguments, from the project folder. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly readyUrl: string;
  /** Where a CPU profile is written when it stops. */
  readonly profileFolder: string | null;
}): Promise<ServerProcess> {
  const server = startTethered({
    command: process.execPath,
    args: [...nodeFlags, ...profileArguments(options.profileFolder), ...options.args],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: compileCache,
      MALLOC_ARENA_MAX: arenas,
      ...options.env,
    },
    cwd: projectFolder,
    stopSignal: 'TERM',
  });
  if (server.pid === undefined) throw new Error(`not started: ${server.errorOutput()}`);
  let end: number | string | null = null;
  void server.exited.then((code) => {
    end = code;
  });
  const deadline = Date.now() + readyWithinMs;
  while (end === null && Date.now() < deadline) {
    const answer = await fetch(options.readyUrl).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok === true) return { ...server, pid: server.pid };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await server.stop();
  throw new Error(`${options.args.join(' ')} did not become ready: ${server.errorOutput()}`);
}

function profileArguments(folder: string | null): readonly string[] {
  return folder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

function readImage(): { readonly nodeFlags: readonly string[]; readonly arenas: string } {
  const dockerfile = readFileSync(`${projectFolder}Dockerfile`, 'utf8');
  const [, entryPoint = ''] = /^ENTRYPOINT (.+)$/m.exec(dockerfile) ?? [];
  const [, arenas] = /MALLOC_ARENA_MAX=(\d+)/.exec(dockerfile) ?? [];
  if (arenas === undefined) throw new Error('the Dockerfile sets no MALLOC_ARENA_MAX');
  const words = JSON.parse(entryPoint) as string[];
  return { nodeFlags: words.filter((word) => word.startsWith('--')), arenas };
}
