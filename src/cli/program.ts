import { Command } from 'commander';

import { addAdministrationCommands } from './commands/administration-commands.ts';
import { addDataCommands } from './commands/data-commands.ts';
import { addKeyCommands } from './commands/key-commands.ts';
import { addPasswordCommands } from './commands/password-commands.ts';
import { addServerCommands } from './commands/server-commands.ts';
import { version } from './version.ts';

/**
 * The whole command line: commands, options and help texts. The code of a command is loaded when it is called, so that help
 * and usage errors need no settings and no database.
 */
export function createProgram(): Command {
  const program = new Command('consentry')
    .description('Consentry: an OpenID Connect server that gives apps only what the person allowed')
    .version(version(), '-v, --version', 'Print the version')
    .helpOption('-h, --help', 'Show this list, or the options of a command')
    .helpCommand(false)
    .configureHelp({ helpWidth: 120, showGlobalOptions: false })
    .exitOverride()
    .addHelpText(
      'after',
      '\n"consentry help <command>" shows the options. Settings come from the environment: see docs/configuration.md.',
    );
  addServerCommands(program);
  addAdministrationCommands(program);
  addDataCommands(program);
  addKeyCommands(program);
  addPasswordCommands(program);
  addHelpCommand(program);
  hintAfterErrors(program);
  return program;
}

/** `consentry help keys rotate` as well as `consentry help keys`. */
function addHelpCommand(program: Command): void {
  program
    .command('help')
    .summary('Show this list, or the options of a command')
    .argument('[command...]')
    .action((names: readonly string[]) => {
      let found = program;
      for (const name of names) {
        const child = found.commands.find((command) => command.name() === name);
        if (child === undefined) return found.error(`error: unknown command '${name}'`);
        found = child;
      }
      found.outputHelp();
    });
}

/** A usage error is one sentence and the command that explains the options. */
function hintAfterErrors(command: Command, path = ''): void {
  command.helpCommand(false).showHelpAfterError(`Run "consentry help${path}" for the options.`);
  for (const child of command.commands) hintAfterErrors(child, `${path} ${child.name()}`);
}
