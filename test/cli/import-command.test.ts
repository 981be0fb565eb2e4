import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import pg from 'pg';

import { TEST_ENVIRONMENT } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { runCommand, type CommandResult } from './run-command.ts';
import { childEnvironment } from '../support/servers/child-environment.ts';

const COMMAND = fileURLToPath(new URL('../../src/cli/consentry.js', import.meta.url));

describe('consentry import accounts', function () {
  this.timeout(90_000);
  let database: TestDatabase;
  let folder: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-import-command-'));
  });

  afterEach(async () => {
    await database.drop();
    fs.rmSync(folder, { recursive: true });
  });

  const settings = (): Record<string, string> => ({
    ...TEST_ENVIRONMENT,
    DATABASE_URL: database.url,
  });

  function write(name: string, content: string): string {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    return file;
  }

  function people(count: number, from = 0): string {
    return Array.from(
      { length: count },
      (_, index) =>
        `{"id":"${String(from + index)}","email":"p${String(from + index)}@example.org","email_verified":true,"name":"P"}\n`,
    ).join('');
  }

  function run(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(['import', 'accounts', ...args], settings());
  }

  async function countAccounts(): Promise<number> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ count: string }>('select count(*) from accounts');
    await client.end();
    return Number(rows[0]?.count);
  }

  it('prints its help', async () => {
    const { output } = await runCommand(['help', 'import', 'accounts']);
    for (const word of [
      '--dry-run',
      '--strict',
      '--on-existing',
      'password_hash',
      'email.2.verified',
      'Exit code',
    ]) {
      expect(output).to.include(word);
    }
  });

  it('imports, prints counts and speed, and recognizes the file the second time', async () => {
    const file = write('people.ndjson', people(20));
    const first = await run(file);
    expect(first.errors).to.equal('');
    expect(first.code).to.equal(0);
    expect(first.output).to.match(
      /^Done in \d+\.\d s \(\d+ accounts per second\): imported 20, skipped 0, refused 0\.\n$/,
    );
    expect(fs.readdirSync(folder)).to.deep.equal(['people.ndjson']);
    const second = await run(file);
    expect(second.code).to.equal(0);
    expect(second.output).to.include('was imported before').and.to.include('--from-top');
    expect((await run(file, '--from-top', '--on-existing', 'skip')).output).to.include(
      'skipped 20',
    );
    expect(await countAccounts()).to.equal(20);
  });

  it('lists wrong lines by number, without their content, and exits with code 3', async () => {
    const file = write(
      'people.jsonl',
      `${people(1)}{"email":"secret-word"}\n${people(1, 1)}not json\n`,
    );
    const { code, output, errors } = await run(file);
    expect(code).to.equal(3);
    expect(output)
      .to.include('imported 2')
      .and.to.include('refused 2')
      .and.to.include(`${file}.errors.ndjson`);
    const listed = fs.readFileSync(`${file}.errors.ndjson`, 'utf8');
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).to.deep.equal([
      { line: 2, field: 'email', code: 'email_invalid', message: 'This is not an e-mail address.' },
      { line: 4, field: null, code: 'json_invalid', message: 'This is not JSON.' },
    ]);
    expect(listed + output + errors).not.to.include('secret-word');
    expect(fs.statSync(`${file}.errors.ndjson`).mode & 0o077).to.equal(0);
  });

  it('writes the list as text to a .txt file', async () => {
    const file = write('people.csv', 'email,email_verified\nno address,true\n');
    const list = path.join(folder, 'wrong.txt');
    expect((await run(file, '--errors', list)).code).to.equal(3);
    expect(fs.readFileSync(list, 'utf8')).to.equal(
      'line 2, email: email_invalid: This is not an e-mail address.\n',
    );
  });

  it('never writes its list into the imported file or another existing file', async () => {
    const content = `${people(2)}not json\n`;
    const file = write('people.ndjson', content);
    const notes = write('notes.txt', 'notes');
    for (const [args, words] of [
      [[file, '--errors', file], 'is the file to read'],
      [[file, '--dry-run', '--errors', notes], 'exists already and was not changed'],
    ] as const) {
      const { code, errors } = await run(...args);
      expect(code).to.equal(1);
      expect(errors).to.include(words);
      expect(errors.trim().split('\n')).to.have.length(1);
    }
    expect(fs.readFileSync(file, 'utf8')).to.equal(content);
    expect(fs.readFileSync(notes, 'utf8')).to.equal('notes');
    expect(await countAccounts()).to.equal(0);
  });

  it('stores nothing in a dry run and in a strict run with a wrong line', async () => {
    const file = write('people.ndjson', `${people(3)}{\n`);
    const rehearsed = await run(file, '--dry-run');
    expect(rehearsed.output).to.include(
      'Rehearsed, nothing was kept: would be imported 3, skipped 0, refused 1.',
    );
    expect(rehearsed.code).to.equal(3);
    fs.rmSync(`${file}.errors.ndjson`);
    const strict = await run(file, '--strict');
    expect(strict.output).to.include('Nothing was imported');
    expect(strict.code).to.equal(3);
    expect(await countAccounts()).to.equal(0);
  });

  for (const [name, file, content, sentence] of [
    ['a missing file', 'nothing.csv', null, 'there is no such file'],
    ['a file with a wrong column', 'wrong.csv', 'emial\nx\n', 'No such column: "emial"'],
    [
      'a file of many columns with control characters',
      'noise.csv',
      `${Array.from({ length: 900 }, (_, index) => `\u001B[2J${'long'.repeat(30)}${String(index)}`).join(',')}\nx\n`,
      String.raw`No such column: "\u001b[2J${'long'.repeat(14)}...", `,
    ],
  ] as const) {
    it(`reports the problem of ${name} in one line`, async () => {
      const { code, errors } = await run(
        content === null ? path.join(folder, file) : write(file, content),
      );
      expect(code).to.equal(1);
      expect(errors).to.include(sentence);
      expect(errors.trim().split('\n')).to.have.length(1);
    });
  }

  it('ends after the current batch at Ctrl-C, and resumes there', async () => {
    const file = write('people.ndjson', `not json\n${people(3_000)}not json\n`);
    const child = spawn(process.execPath, [COMMAND, 'import', 'accounts', file, '--batch', '20'], {
      env: childEnvironment(settings()),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.resume();
    while ((await countAccounts()) === 0) expect(child.exitCode).to.equal(null);
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).to.equal(130);
    expect(output).to.include('Run the same command again to go on.');
    const done = await countAccounts();
    expect(done).to.be.within(20, 2_980);
    const rest = await run(file);
    expect(rest.errors).to.include(`Going on after ${String(done + 1)} records.`);
    expect(rest.output).to.include('imported 3000');
    expect(rest.code).to.equal(3);
    expect(await countAccounts()).to.equal(3_000);
    const listed = fs.readFileSync(`${file}.errors.ndjson`, 'utf8').trim().split('\n');
    expect(listed.map((line) => (JSON.parse(line) as { line: number }).line)).to.deep.equal([
      1, 3_002,
    ]);
  });

  it('shows a progress bar on a terminal', async () => {
    const { createImportProgress } = await import('../../src/cli/commands/import-progress.ts');
    let text = '';
    const display = createImportProgress({ isTTY: true, write: (part) => (text += part) });
    display.start({ bytesTotal: 200, recordsDone: 0, imported: 0 });
    display.advance({ recordsDone: 1, imported: 1, skipped: 0, refused: 0, bytes: 100 });
    display.end();
    expect(text).to.match(
      /\r\[#{12}\.{12}\] {2}50 % {2}imported 1, skipped 0, refused 0 {2}\d+ accounts\/s/,
    );
  });
});
