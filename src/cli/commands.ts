import './known-runtime.ts';

import { failCommand } from './failure.ts';
import {
  commandHelp,
  generalHelp,
  isCommandName,
  nearestCommand,
  type CommandName,
} from './help.ts';

/** What each command does with its arguments. Loaded when it is called, so that `help` needs nothing else. */
const COMMANDS: Readonly<Record<Exclude<CommandName, 'help'>, () => Promise<{ run: Run }>>> = {
  start: () => import('./start.ts'),
  migrate: () => import('./migrate.ts'),
  seed: () => import('./seed.ts'),
  doctor: () => import('./doctor.ts'),
  import: () => import('./import.ts'),
  jobs: () => import('./jobs.ts'),
  keys: () => import('./keys.ts'),
  ledger: () => import('./ledger.ts'),
  openapi: () => import('./openapi.ts'),
};

type Run = (args: readonly string[]) => Promise<void>;

const USAGE_ERROR = 2;

async function main([name = 'help', ...args]: readonly string[]): Promise<void> {
  if (name === '--help' || name === '-h') return print(generalHelp());
  if (name === '--version' || name === '-v') return print((await import('./version.ts')).version());
  if (name === 'help') return help(args[0]);
  if (!isCommandName(name)) return refuse(name);
  if (args.includes('--help') || args.includes('-h')) return print(commandHelp(name));
  const { run } = await COMMANDS[name as Exclude<CommandName, 'help'>]();
  await run(args).catch((error: unknown) => explainUsage(error, name));
}

function help(topic: string | undefined): void {
  if (topic === undefined) print(generalHelp());
  else if (isCommandName(topic)) print(commandHelp(topic));
  else refuse(topic);
}

function refuse(name: string): void {
  const nearest = nearestCommand(name);
  const hint = nearest === null ? '' : ` Did you mean "${nearest}"?`;
  process.stderr.write(`Unknown command "${name}".${hint}\nRun "consentry help" for the list.\n`);
  process.exitCode = USAGE_ERROR;
}

// parseArgs throws TypeErrors with such codes for options it does not know.
function explainUsage(error: unknown, name: CommandName): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith('ERR_PARSE_ARGS') !== true) failCommand(error);
  const [firstSentence] = (error as Error).message.split('. ');
  process.stderr.write(`${firstSentence ?? ''}.\nRun "consentry help ${name}" for the options.\n`);
  process.exitCode = USAGE_ERROR;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main(process.argv.slice(2)).catch(failCommand);
