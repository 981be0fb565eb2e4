import './known-runtime.ts';

import { CommanderError } from 'commander';

import { failCommand } from './failure.ts';
import { watchOutput } from './output.ts';
import { createProgram } from './program.ts';

const USAGE_ERROR = 2;

/** Runs the command line; exits with code 0 after help and 2 after a usage error. */
async function main(words: readonly string[]): Promise<void> {
  watchOutput();
  const program = createProgram();
  try {
    await program.parseAsync(words.length === 0 ? ['help'] : [...words], { from: 'user' });
  } catch (error) {
    // commander has already written the text.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
    else failCommand(error);
  }
}

await main(process.argv.slice(2));
