import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** A sample in two halves, between which a person signs in. */
export interface SignInSample {
  readonly begin: string;
  /** The variable of `begin` that contains the address of the authorization request. */
  readonly address: string;
  /** Uses `currentUrl`. */
  readonly finish: string;
  /** The expression whose value is printed at the end. */
  readonly result: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs both halves as one program. `visit` goes to the address as a person and returns the one that she comes back to.
 * @returns the result, sent as JSON.
 */
export async function runSignInSample(
  { begin, address, finish, result, environment }: SignInSample,
  visit: (url: string) => Promise<URL>,
): Promise<Record<string, unknown>> {
  const code = [
    begin,
    `console.log(${address}.href);`,
    `const { createInterface } = await import('node:readline/promises');`,
    `const currentUrl = new URL(await createInterface(process.stdin).question(''));`,
    finish,
    `console.log(JSON.stringify(${result}));`,
    `process.exit();`,
  ].join('\n');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: PROJECT,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const readLine = async (): Promise<string> => {
    const { value } = (await lines.next()) as { value?: string };
    if (value === undefined) throw new Error('the sample ended early');
    return value;
  };
  const back = await visit(await readLine());
  child.stdin.write(`${back.href}\n`);
  const printed = await readLine();
  await exited;
  return JSON.parse(printed) as Record<string, unknown>;
}
