import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import type { Command } from 'commander';

import { createProgram } from '../src/cli/program.ts';
import { commentsOf, riddlesIn, titlesOf } from './support/plain-english.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const OUTSIDE = ['node_modules/**', '**/node_modules/**', '.cache/**', '.data/**'];
/** The word list itself. */
const WORD_LIST = 'test/support/plain-english.ts';

function read(patterns: readonly string[]): readonly (readonly [file: string, text: string])[] {
  return globSync([...patterns], { cwd: PROJECT, exclude: OUTSIDE })
    .filter((file) => file !== WORD_LIST)
    .map((file) => [file, readFileSync(`${PROJECT}/${file}`, 'utf8')]);
}

function riddles(
  files: readonly (readonly [file: string, text: string])[],
  textsOf: (source: string) => readonly string[],
): readonly string[] {
  return files.flatMap(([file, source]) =>
    textsOf(source)
      .flatMap(riddlesIn)
      .map((riddle) => `${file}: ${riddle}`),
  );
}

/** Help texts of a command and of all commands below it. */
function helpOf(command: Command): readonly string[] {
  return [
    command.summary(),
    command.description(),
    ...command.options.map(({ description }) => description),
    ...command.commands.flatMap(helpOf),
  ];
}

describe('Plain English', () => {
  it('is checked: each kind of text is found, and a riddle is reported', () => {
    const source = "/** Whoever asks. */\nit('goes on', () => {\n  // It dies.\n});";
    expect(riddles([['x.ts', source]], commentsOf)).to.have.length(3);
    expect(riddles([['x.ts', source]], titlesOf)).to.have.length(1);
    expect(riddlesIn('Reports `whoever` and "asks".')).to.deep.equal([]);
  });

  it('is used in comments', () => {
    const files = read(['{src,seeds,bench,scripts,examples,test}/**/*.{ts,js}']);
    expect(files.length).to.be.above(900);
    expect(riddles(files, commentsOf)).to.deep.equal([]);
  });

  it('is used in test titles', () => {
    const files = read(['test/**/*.ts']);
    expect(files.flatMap(([, source]) => titlesOf(source)).length).to.be.above(1_500);
    expect(riddles(files, titlesOf)).to.deep.equal([]);
  });

  it('is used in documents', () => {
    const files = read(['*.md', 'docs/**/*.md', 'examples/**/*.md']);
    expect(files.length).to.be.above(40);
    expect(riddles(files, (text) => text.split(/\n\n|\n(?=[|*-])/))).to.deep.equal([]);
  });

  it('is used in the API document and in help texts', () => {
    const [[, api] = []] = read(['docs/openapi.json']);
    const descriptions = [...(api ?? '').matchAll(/"(?:description|summary)": "(.*)"/g)];
    const texts = [...descriptions.map(([, text]) => text ?? ''), ...helpOf(createProgram())];
    expect(texts.length).to.be.above(600);
    expect(texts.flatMap(riddlesIn)).to.deep.equal([]);
  });
});
