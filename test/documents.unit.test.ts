import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import type { Command } from 'commander';

import { createProgram } from '../src/cli/program.ts';
import { SETTING_GROUPS, settingsOf } from '../src/config/settings.ts';
import { commentsOf } from './support/plain-english.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const EXCLUDED = ['node_modules/**', '.cache/**', '.data/**', 'CHANGELOG.md'];
const FOLDERS = 'src|test|docs|views|deploy|seeds|scripts|bench|examples|migrations';
const PATH = new RegExp(`(?<![\\w./@-])(?:${FOLDERS})/[\\w./*<>{}-]*[\\w*>}/]`, 'g');
const SCRIPT = /npm run ([\w:-]+)/g;
const COMMAND = /(?<=`|npx )consentry((?: [a-z][a-z-]+)+)/g;
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g;
/** A link with an anchor: its document (empty: the same) and the anchor. */
const ANCHOR = /\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g;
/** A path in code marks that is relative to `src/`, such as `claims/release-claims.ts`. */
const SOURCE_PATH = /`([a-z-]+\/[\w./-]+\.ts)`/g;
/** An exported function without a comment before it. */
const BARE_FUNCTION = /(?<!\*\/\n)^export (?:async )?function (\w+)/gm;
const SETTING = /`([A-Z][A-Z\d]*(?:_[A-Z\d]+)+)[=`]/g;
/** Environment variables of the example app and of the tests, and the former name of a setting. */
const OTHER_VARIABLES = [
  'CLIENT_ID',
  'CLIENT_SECRET',
  'PUBLIC_URL',
  'TEST_DATABASE_URL',
  'TEST_REDIS_URL',
  'CHROME_PATH',
  'PROVED_CONTROL_WINS',
  'MALLOC_ARENA_MAX',
];
/** Files of the source that a comment names, with or without a folder. */
const NAMED_FILE = /(?<![\w./<>*-])((?:[\w-]+\/)*[\w-]+\.(?:ts|md|njk))(?![\w-])/g;

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

/** Does a path in a comment of `file` exist, from the project, `src`, `views` or a folder of `file`? */
function isFileFrom(file: string, name: string): boolean {
  const slice = file.split('/', 2).join('/');
  return ['.', 'src', 'views', path.posix.dirname(file), slice].some((folder) =>
    existsSync(`${PROJECT}/${folder}/${name}`),
  );
}

/** The anchors of the headings of a document, as on GitHub. */
function anchorsOf(markdown: string): readonly string[] {
  return found(markdown, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
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

  it('name settings and headings that exist', () => {
    const known: ReadonlySet<string> = new Set([
      ...Object.values(SETTING_GROUPS).flatMap((group) => settingsOf(group).map(([name]) => name)),
      ...OTHER_VARIABLES,
    ]);
    const byFile = new Map(documents.map(({ file, text }) => [file, text]));
    const problems = documents.flatMap(({ file, text }) => [
      ...found(text, SETTING)
        .filter((name) => !known.has(name.replace(/_FILE$/, '')))
        .map((name) => `${file}: ${name}`),
      ...[...text.matchAll(ANCHOR)]
        .filter(([, target, anchor]) => {
          const other =
            target === '' ? file : path.posix.join(path.posix.dirname(file), target ?? '');
          return !anchorsOf(byFile.get(other) ?? '').includes(anchor ?? '');
        })
        .map(([link]) => `${file}: ${link}`),
    ]);
    expect(problems).to.deep.equal([]);
  });

  it('and comments of the source name files that exist', () => {
    const files = globSync('{src,test,docs,views,migrations,seeds,bench,scripts,deploy}/**/*', {
      cwd: PROJECT,
    });
    const names = new Set(files.map((file) => path.posix.basename(file)));
    const sources = files.filter((file) => /^(?:src|seeds|bench|scripts)\/.*\.ts$/.test(file));
    const problems = sources.flatMap((file) =>
      commentsOf(readFileSync(`${PROJECT}/${file}`, 'utf8'))
        .flatMap((comment) => found(comment, NAMED_FILE))
        .filter((name) => (name.includes('/') ? !isFileFrom(file, name) : !names.has(name)))
        .map((name) => `${file}: ${name}`),
    );
    expect(problems).to.deep.equal([]);
  });

  it('and comments explain every exported function of the source', () => {
    const sources = globSync('src/**/*.ts', { cwd: PROJECT });
    expect(sources.length).to.be.above(700);
    const bare = sources.flatMap((file) =>
      found(readFileSync(`${PROJECT}/${file}`, 'utf8'), BARE_FUNCTION).map(
        (name) => `${file}: ${name}`,
      ),
    );
    expect(bare).to.deep.equal([]);
  });

  for (const { file, text } of documents) {
    it(`${file} names paths, scripts and commands that exist`, () => {
      const folder = file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/` : '';
      const paths = found(text, PATH).filter((one) => !isPattern(one));
      expect(
        paths.filter((one) => !existsSync(`${PROJECT}/${one}`)),
        'paths',
      ).to.deep.equal([]);
      expect(
        found(text, SOURCE_PATH).filter(
          (name) => !existsSync(`${PROJECT}/src/${name}`) && !existsSync(`${PROJECT}/${name}`),
        ),
        'paths below src',
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
