import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../support/servers/child-environment.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Exit code and output of a command. */
export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `consentry <args>` with only the given settings and standard input until it ends. */
export async function runCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  input = '',
): Promise<CommandResult> {
  const child = spawn(process.execPath, [path.join(PROJECT, 'src/cli/consentry.js'), ...args], {
    env: childEnvironment(settings),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command may end without reading its input.
  child.stdin.on('error', () => undefined).end(input);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, errors };
}
