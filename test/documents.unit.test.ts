import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import type { Command } from 'commander';

import { createProgram } from '../src/cli/program.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const EXCLUDED = ['node_modules/**', '.cache/**', '.data/**', 'CHANGELOG.md'];
const FOLDERS = 'src|test|docs|views|deploy|seeds|scripts|bench|examples|migrations';
const PATH = new RegExp(`(?<![\\w./@-])(?:${FOLDERS})/[\\w./*<>{}-]*[\\w*>}/]`, 'g');
const SCRIPT = /npm run ([\w:-]+)/g;
const COMMAND = /(?<=`|npx )consentry((?: [a-z][a-z-]+)+)/g;
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g;

/** All matches of an expression: its group, or else the whole match. */
function found(text: string, expression: RegExp): readonly string[] {
  return [...text.matchAll(expression)].map((match) => match[1] ?? match[0]);
}

/** True for paths with a placeholder, such as `src/<slice>/`. */
function isPattern(path: string): boolean {
  return /[<>{}*]/.test(path);
}

/** The words when they name no command, else null. */
function unknownCommand(program: Command, words: readonly string[]): string | null {
  let command = program;
  for (const word of words) {
    if (command.commands.length === 0) return null;
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) return words.join(' ');
    command = child;
  }
  return null;
}

describe('Documents', () => {
  const documents = globSync('**/*.md', { cwd: PROJECT, exclude: EXCLUDED }).map((file) => ({
    file,
    text: readFileSync(`${PROJECT}/${file}`, 'utf8'),
  }));
  const { scripts } = JSON.parse(readFileSync(`${PROJECT}/package.json`, 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };

  it('name paths, scripts, commands and links', () => {
    expect(documents.map(({ file }) => file)).to.include.members([
      'README.md',
      'CONTRIBUTING.md',
      'docs/architecture.md',
      'docs/operations.md',
    ]);
    const all = documents.map(({ text }) => text).join('\n');
    for (const expression of [PATH, SCRIPT, COMMAND, LINK]) {
      expect(found(all, expression).length, String(expression)).to.be.above(9);
    }
  });

  for (const { file, text } of documents) {
    it(`${file} names paths, scripts and commands that exist`, () => {
      const folder = file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/` : '';
      const paths = found(text, PATH).filter((path) => !isPattern(path));
      expect(
        paths.filter((path) => !existsSync(`${PROJECT}/${path}`)),
        'paths',
      ).to.deep.equal([]);
      expect(
        found(text, LINK).filter((link) => !existsSync(`${PROJECT}/${folder}${link}`)),
        'links',
      ).to.deep.equal([]);
      expect(
        found(text, SCRIPT).filter((name) => !(name in scripts)),
        'npm scripts',
      ).to.deep.equal([]);
      const commands = found(text, COMMAND);
      expect(
        commands
          .map((words) => unknownCommand(createProgram(), words.trim().split(' ')))
          .filter((problem) => problem !== null),
        'commands',
      ).to.deep.equal([]);
    });
  }
});
