import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { createOutputFile, writeOutputFile } from '../../src/cli/output-file.ts';
import { AppError } from '../../src/platform/app-error.ts';

describe('The output file of a command', () => {
  let folder: string;
  const at = (name: string): string => path.join(folder, name);
  const read = (name: string): string => fs.readFileSync(at(name), 'utf8');

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-output-'));
    fs.writeFileSync(at('source.ndjson'), 'accounts');
    fs.writeFileSync(at('notes.txt'), 'notes');
    fs.mkdirSync(at('folder'));
    fs.linkSync(at('source.ndjson'), at('hard-link.ndjson'));
    fs.symlinkSync(at('source.ndjson'), at('link.ndjson'));
    fs.symlinkSync(at('nothing'), at('dangling.ndjson'));
    fs.symlinkSync(folder, at('same-folder'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  function refusalOf(work: () => unknown): AppError {
    try {
      work();
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
    throw new Error('the file was not refused');
  }

  const TAKEN = [
    ['the source itself', 'source.ndjson', 'is the file to read'],
    ['the source under another path', 'folder/../same-folder/source.ndjson', 'is the file to read'],
    ['a hard link to the source', 'hard-link.ndjson', 'is the file to read'],
    ['a symbolic link to the source', 'link.ndjson', 'is the file to read'],
    ['a dangling symbolic link', 'dangling.ndjson', 'exists already'],
    ['another file', 'notes.txt', 'exists already'],
    ['a folder', 'folder', 'it is a folder'],
  ] as const;
  for (const [what, name, words] of TAKEN) {
    it(`does not change ${what}`, () => {
      const before = fs.readdirSync(folder);
      const refused = refusalOf(() =>
        createOutputFile(at(name), { source: at('source.ndjson') }).close(),
      );
      expect(refused.code).to.equal('output_refused');
      expect(refused.message).to.include(words);
      expect(refusalOf(() => writeOutputFile(at(name), 'x', { mayReplace: false })).code).to.equal(
        'output_refused',
      );
      expect(read('source.ndjson') + read('notes.txt')).to.equal('accountsnotes');
      expect(fs.readdirSync(folder)).to.deep.equal(before);
    });
  }

  it('is removed when it is empty, and kept otherwise', () => {
    createOutputFile(at('empty'), { source: at('source.ndjson') }).close();
    const output = createOutputFile(at('list'), { source: at('source.ndjson') });
    output.append('one\n');
    output.append('two\n');
    output.close();
    expect(fs.existsSync(at('empty'))).to.equal(false);
    expect(read('list')).to.equal('one\ntwo\n');
    expect(fs.statSync(at('list')).mode & 0o077).to.equal(0);
  });

  it('is not removed when another file has replaced it', () => {
    const output = createOutputFile(at('list'), { source: at('source.ndjson') });
    fs.renameSync(at('notes.txt'), at('list'));
    output.close();
    expect(read('list')).to.equal('notes');
  });

  it('replaces a file or link only on request, and never a folder or the target of a link', () => {
    writeOutputFile(at('notes.txt'), 'new', { mayReplace: true });
    writeOutputFile(at('link.ndjson'), 'new', { mayReplace: true });
    expect([read('notes.txt'), read('link.ndjson'), read('source.ndjson')]).to.deep.equal([
      'new',
      'new',
      'accounts',
    ]);
    const refused = refusalOf(() => writeOutputFile(at('folder'), 'x', { mayReplace: true }));
    expect(refused.message).to.equal(`Cannot write ${at('folder')}: it is a folder.`);
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('.'))).to.deep.equal([]);
  });

  it('is refused with the reason when a part of the path does not exist', () => {
    const missing = at('missing/list');
    expect(refusalOf(() => writeOutputFile(missing, 'x', { mayReplace: false })).message).to.equal(
      `Cannot write ${missing}: there is no such file or folder.`,
    );
    const below = at('notes.txt/list');
    expect(
      refusalOf(() => createOutputFile(below, { source: at('source.ndjson') }).close()).message,
    ).to.equal(`Cannot write ${below}: a part of the path is not a folder.`);
  });
});
