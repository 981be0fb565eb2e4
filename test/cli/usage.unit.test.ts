import { expect } from 'chai';
import { type Command, CommanderError } from 'commander';

import { createProgram } from '../../src/cli/program.ts';
import type { CommandResult } from './run-command.ts';

describe('The usage of the consentry command', () => {
  const WRONG_LINES = [
    [['migrate', '--stauts'], "unknown option '--stauts'", 'migrate'],
    [['migrate', '--yes'], "'--yes' needs --down", 'migrate'],
    [
      ['migrate', '--status', '--down'],
      "'--down' cannot be used with option '--status'",
      'migrate',
    ],
    [['seed', 'now'], "too many arguments for 'seed'", 'seed'],
    [['jobs', 'pause'], 'Allowed choices are list', 'jobs'],
    [['openapi', '--force'], "'--force' needs --out", 'openapi'],
    [['start', '--port', '70000'], 'a whole number from 0 to 65535', 'start'],
    [['keys', 'turn'], "unknown command 'turn'", 'keys'],
    [['keys', 'new', '--dry-run'], "unknown option '--dry-run'", 'keys new'],
    [['keys', 'status', '--batch', '5'], "unknown option '--batch'", 'keys status'],
    [['keys', 'rotate', '--batch', '0x10'], 'a whole number from 1 to 10000', 'keys rotate'],
    [['keys', 'rotate', '--batch', '0'], 'a whole number from 1 to 10000', 'keys rotate'],
    [['keys', 'rotate', '--batch', '9', '--dry-run'], 'cannot be used with', 'keys rotate'],
    [['ledger', 'check'], "unknown command 'check'", 'ledger'],
    [['ledger', 'verify', 'twice'], 'too many arguments', 'ledger verify'],
    [['ledger', 'verify', '--since', 'yesterday'], 'a day or a moment', 'ledger verify'],
    [['ledger', 'verify', '--since=-271821-04-20'], 'a day or a moment', 'ledger verify'],
    [['ledger', 'verify', '--since', '2026-02-30'], 'a day or a moment', 'ledger verify'],
    [['ledger', 'verify', '--account', 'ana'], 'the id of an account', 'ledger verify'],
    [['ledger', 'verify', '--checkpoint', '7'], 'as this command prints it', 'ledger verify'],
    [['import', 'accounts'], "missing required argument 'file'", 'import accounts'],
    [['import', 'accounts', 'a.xlsx'], 'neither ndjson nor csv', 'import accounts'],
    [['import', 'accounts', 'a.csv', '--batch', '1e3'], 'from 1 to 5000', 'import accounts'],
    [['import', 'accounts', 'a.csv', '--on-existing', 'replace'], 'choices', 'import accounts'],
    [['import', 'accounts', 'a.csv', '--dry-run', '--strict'], 'cannot be', 'import accounts'],
    [['help', 'ledger', 'nothing'], "unknown command 'nothing'", 'ledger'],
  ] as const;

  it('reports wrong usage with one sentence, a hint and exit code 2', async () => {
    expect(WRONG_LINES).to.have.length.above(20);
    for (const [args, words, topic] of WRONG_LINES) {
      const { code, errors, output } = await runProgram(args);
      expect(code, args.join(' ')).to.equal(2);
      expect(errors).to.include(words);
      expect(errors).to.include(`Run "consentry help ${topic}" for the options.`);
      expect(output).to.equal('');
    }
  });

  it('has a help text for every command and option', async () => {
    let count = 0;
    const expectHelp = async (command: Command, path: readonly string[]): Promise<void> => {
      const { output, code } = await runProgram(['help', ...path]);
      expect(code).to.equal(0);
      expect(output).to.include(['Usage: consentry', ...path].join(' '));
      // Lists show one short line for each command, its own help shows sentences.
      expect(command.summary(), path.join(' ')).to.match(/^[A-Z].{3,77}[^.]$/);
      expect(command.description(), path.join(' ')).to.match(/\.$/);
      for (const option of command.options) expect(option.description).not.to.equal('');
      count += 1;
      for (const child of command.commands) await expectHelp(child, [...path, child.name()]);
    };
    for (const command of createProgram().commands)
      if (command.name() !== 'help') await expectHelp(command, [command.name()]);
    expect(count).to.be.above(12);
  });
});

/** Runs the command line in this process, for command lines that end before they need a service. */
async function runProgram(args: readonly string[]): Promise<CommandResult> {
  const program = createProgram();
  let output = '';
  let errors = '';
  const write = (command: Command): void => {
    command.configureOutput({
      writeOut: (text) => (output += text),
      writeErr: (text) => (errors += text),
    });
    command.commands.forEach(write);
  };
  write(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return { code: 0, output, errors };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { code: error.exitCode === 0 ? 0 : 2, output, errors };
  }
}
