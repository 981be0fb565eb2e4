import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import words from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' };
import { expect } from 'chai';

import {
  type BreachedPasswords,
  openBreachedPasswords,
  SHIPPED_LIST,
} from '../../src/authentication/passwords/breached-passwords.ts';
import { buildPasswordList } from '../../src/authentication/passwords/build-password-list.ts';
import { isAppError } from '../../src/platform/app-error.ts';

const MOST_BYTES = 5_000_000;

describe('The list of known passwords', function () {
  this.timeout(30_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'password-list-'));
  after(() => fs.rmSync(folder, { recursive: true }));

  async function opened(content: Uint8Array): Promise<BreachedPasswords> {
    const file = path.join(folder, randomBytes(6).toString('hex'));
    fs.writeFileSync(file, content);
    return openBreachedPasswords(file);
  }
  async function refusalOf(content: Uint8Array): Promise<string> {
    try {
      await opened(content);
    } catch (error) {
      if (isAppError(error, 'breached_passwords_unreadable')) return error.detail ?? '';
      throw error;
    }
    return 'accepted';
  }
  const refusedLines = async (lines: readonly string[]): Promise<string> => {
    try {
      await buildPasswordList({ batches: [lines] });
    } catch (error) {
      if (isAppError(error, 'password_list_invalid')) return error.detail ?? '';
      throw error;
    }
    return 'accepted';
  };
  const digest = (text: string) => createHash('sha1').update(text).digest('hex');

  it('contains each password of its source and is small (6.2.4, 6.2.12)', async () => {
    const shipped = await openBreachedPasswords(null);
    expect(words).to.have.length(shipped.count).above(49_000);
    expect(words.filter((word) => !shipped.has(word))).to.deep.equal([]);
    expect(fs.statSync(SHIPPED_LIST).size).to.be.below(MOST_BYTES);
  });

  it('is the file that its source gives, in any order', async () => {
    const { content } = await buildPasswordList({ batches: [words.toReversed()] });
    expect(content.equals(fs.readFileSync(SHIPPED_LIST))).to.equal(true);
  });

  it('finds at most one of a thousand other passwords (6.2.12)', async () => {
    const shipped = await openBreachedPasswords(null);
    const others = Array.from({ length: 100_000 }, () => randomBytes(12).toString('base64'));
    const found = others.filter((text) => shipped.has(text)).length;
    expect(found / others.length).to.be.at.most(0.001);
  });

  it('takes digests with counts, as "Pwned Passwords" has them, in upper and lower case', async () => {
    const lines = [
      `${digest('P@ssw0rd for the shed').toUpperCase()}:17`,
      `${digest('seen once')}:1`,
      '',
      digest('without a count'),
    ];
    const all = await opened((await buildPasswordList({ batches: [lines] })).content);
    expect(['P@ssw0rd for the shed', 'seen once', 'without a count'].map(all.has)).to.deep.equal([
      true,
      true,
      true,
    ]);
    expect(all.has('p@ssw0rd for the shed')).to.equal(false);
    const frequent = await opened(
      (await buildPasswordList({ batches: [lines], leastCount: 2 })).content,
    );
    expect([frequent.count, frequent.has('seen once')]).to.deep.equal([1, false]);
  });

  it('takes texts without their case, and skips lines that are not UTF-8', async () => {
    const lines = ['\uFEFFSummer Of Love', 'e\u0301clair', 'gar\uFFFDon', 'summer of love'];
    const { content, skipped } = await buildPasswordList({ batches: [lines] });
    const list = await opened(content);
    expect([list.count, skipped]).to.deep.equal([2, 1]);
    expect([list.has('summer of love'), list.has('éclair')]).to.deep.equal([true, true]);
  });

  for (const count of [1, 64, 65, 4_097]) {
    it(`contains all of ${String(count)} passwords`, async () => {
      const lines = Array.from({ length: count }, (_, index) => `password ${String(index)}`);
      const list = await opened((await buildPasswordList({ batches: [lines] })).content);
      expect(list.count).to.equal(count);
      expect(lines.every(list.has)).to.equal(true);
    });
  }

  it('refuses other digests, a broken line among digests, and an empty list', async () => {
    expect(await refusedLines([`${'8'.repeat(32)}:5`])).to.include('NTLM');
    expect(await refusedLines([digest('a'), 'hello'])).to.include('Line 2 ');
    expect(await refusedLines([digest('a'), digest('b').slice(0, 39)])).to.include('Line 2 ');
    expect(await refusedLines(['', ''])).to.include('no password');
  });

  it('is refused when it is missing, of another kind, cut off or changed', async () => {
    const { content } = await buildPasswordList({ batches: [words.slice(0, 1_000)] });
    const changed = Buffer.from(content);
    changed[500] = (changed[500] ?? 0) ^ 1;
    const wrong: readonly (readonly [Uint8Array, string])[] = [
      [Buffer.from('123456\npassword\n'), 'not a list of passwords'],
      [Buffer.alloc(0), 'not a list of passwords'],
      [content.subarray(0, 15), 'not a list of passwords'],
      [content.subarray(0, -3), 'its length'],
      [Buffer.concat([content, Buffer.alloc(3)]), 'its length'],
      [changed, 'its checksum'],
    ];
    for (const [bytes, reason] of wrong) {
      const detail = await refusalOf(bytes);
      expect(detail).to.match(/^BREACHED_PASSWORDS: .*build-list/);
      expect(detail).to.include(reason);
      expect(detail).not.to.include('\n');
    }
    const missing = await openBreachedPasswords(path.join(folder, 'none')).catch(String);
    expect(missing).to.include('ENOENT');
  });
});
