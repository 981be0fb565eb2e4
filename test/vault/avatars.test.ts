import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';
import sharp from 'sharp';

import { AVATAR_SIZES, type AvatarSize } from '../../src/vault/index.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { failureOf } from '../support/failure.ts';
import { injectFaults } from '../support/measurement/faults.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { arriving, photo } from '../support/people/pictures.ts';
import { startS3, type S3Server } from '../support/servers/s3.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

interface Image {
  readonly size: number;
  readonly href: string;
}
interface Avatar {
  readonly id: string;
  readonly label: string | null;
  readonly isDefault: boolean;
  readonly images: readonly Image[];
}

function keepsPictures(open: () => TestServer, clock: () => SettableClock): void {
  let person: TestPerson;
  let visitor: Visitor;
  beforeEach(async () => {
    person = await createPerson(open().connected);
    visitor = await signedInVisitor(open().url, person);
  });

  const send = (method: string, address: string, body?: Buffer | string, type = 'image/jpeg') =>
    visitor.request(`${open().url}/api/v1/account/${address}`, {
      method,
      headers: { 'content-type': type, origin: open().url, accept: '*/*' },
      ...(body !== undefined && { body: body as string }),
    });
  const upload = async (colour: string): Promise<Avatar> => {
    const answer = await send('POST', 'avatars', await photo(colour));
    expect(answer.status).to.equal(201);
    return (await answer.json()) as Avatar;
  };
  const list = async () => (await (await send('GET', 'avatars')).json()) as Avatar[];
  const files = (avatarId: string) => {
    const { accountId } = person;
    return Promise.all(
      AVATAR_SIZES.map((size: AvatarSize) =>
        open().connected.blobs.get(`avatars/${accountId}/${avatarId}/${String(size)}`),
      ),
    );
  };

  it('stores several in three sizes, the first as the default', async () => {
    const [first, second] = [await upload('red'), await upload('blue')];
    expect((await list()).map(({ id, isDefault }) => [id, isDefault])).to.deep.equal([
      [first.id, true],
      [second.id, false],
    ]);
    for (const { size, href } of second.images) {
      const answer = await visitor.request(`${open().url}${href}`);
      expect(answer.headers.get('content-type')).to.equal('image/webp');
      expect(answer.headers.get('cache-control')).to.equal('private, no-store');
      const { width, height, exif } = await sharp(await answer.arrayBuffer()).metadata();
      expect([width, height, exif]).to.deep.equal([size, size, undefined]);
    }
    const changed = await send(
      'PATCH',
      `avatars/${second.id}`,
      JSON.stringify({ label: 'at work', isDefault: true }),
      'application/json',
    );
    expect(await changed.json()).to.include({ label: 'at work', isDefault: true });
  });

  it('stores ciphertext only, and each file opens in its own place only', async () => {
    const { id } = await upload('green');
    const [small, , large] = await files(id);
    for (const file of [small, large]) {
      expect(file?.includes('RIFF')).to.equal(false);
      expect(file?.includes('WEBP')).to.equal(false);
    }
    const { blobs, vault } = open().connected;
    const { accountId } = person;
    await blobs.put(`avatars/${accountId}/${id}/64`, large ?? Buffer.alloc(0));
    const moved = await vault.avatars
      .read({ accountId, avatarId: id, size: 64 })
      .catch((error: unknown) => error);
    expect(moved).to.be.instanceOf(Error);
    const other = await createPerson(open().connected);
    await blobs.put(`avatars/${other.accountId}/${id}/512`, large ?? Buffer.alloc(0));
    const stolen = await vault.avatars
      .read({ accountId: other.accountId, avatarId: id, size: 512 })
      .catch((error: unknown) => error);
    expect(stolen).to.be.instanceOf(Error);
  });

  it('removes a picture with its files, and the next one becomes the default', async () => {
    const [first, second] = [await upload('red'), await upload('blue')];
    expect((await send('DELETE', `avatars/${first.id}`)).status).to.equal(204);
    expect((await send('GET', `avatars/${first.id}/64`)).status).to.equal(404);
    expect(await files(first.id)).to.deep.equal([null, null, null]);
    expect((await list()).map(({ id, isDefault }) => [id, isDefault])).to.deep.equal([
      [second.id, true],
    ]);
  });

  it('removes files whose attribute was deleted elsewhere, and no file in use', async () => {
    const [gone, stored] = [await upload('red'), await upload('blue')];
    expect((await send('DELETE', `attributes/${gone.id}`)).status).to.equal(204);
    expect((await send('GET', `avatars/${gone.id}/64`)).status).to.equal(404);
    await open().connected.vault.avatars.tidy();
    clock().advance(3_600);
    await open().connected.vault.avatars.tidy();
    expect(await files(gone.id)).to.deep.equal([null, null, null]);
    expect(await files(stored.id)).not.to.include(null);
  });

  it('removes all files of an account at once', async () => {
    const { id } = await upload('red');
    await open().connected.vault.removeBlobs(person.accountId);
    await open().connected.vault.removeBlobs(person.accountId);
    expect(await files(id)).to.deep.equal([null, null, null]);
  });
}

describe('Pictures of people', function () {
  this.timeout(20_000);

  describe('in Postgres', () => {
    let server: TestServer;
    let clock: SettableClock;
    before(async () => {
      clock = settableClock(new Date());
      server = await startTestServer({ clock });
    });
    after(() => server.stop());
    beforeEach(() => clock.set(new Date()));

    keepsPictures(
      () => server,
      () => clock,
    );

    const post = async (visitor: Visitor, body: Buffer, type = 'image/png', url = server.url) => {
      const answer = await visitor.request(`${url}/api/v1/account/avatars`, {
        method: 'POST',
        headers: { 'content-type': type, origin: url, accept: '*/*' },
        body: body as unknown as string,
      });
      const { code } = (await answer.json()) as { code?: string };
      return [answer.status, code] as const;
    };

    it('keeps the files of a stored picture when the answer to the commit was lost', async () => {
      const database = await createTestDatabase();
      // The outcome of such a commit stays unknown behind a pooler.
      const pooled = await startTestServer({
        databaseUrl: database.url,
        config: { databaseDirectUrl: database.url, keyStoreUrl: database.url },
      });
      try {
        const person = await createPerson(pooled.connected);
        const visitor = await signedInVisitor(pooled.url, person);
        const faults = injectFaults(pooled.connected);
        let failed: string | null = null;
        for (let step = 0; step < 40 && failed !== 'commit'; step += 1) {
          const picture = await photo(`rgb(${String(step)},90,9)`);
          faults.failAt(step, 'answer lost');
          await post(visitor, picture, 'image/jpeg', pooled.url);
          failed = faults.end();
        }
        const { blobs, vault } = pooled.connected;
        const { accountId } = person;
        const [stored] = await vault.avatars.list(accountId);
        const file = await blobs.get(`avatars/${accountId}/${stored?.id ?? ''}/64`);
        expect(file).to.be.instanceOf(Buffer);
      } finally {
        await pooled.stop();
        await database.drop();
      }
    });

    it('refuses a file that is no picture, is too big or a duplicate, and one picture too many', async () => {
      const person = await createPerson(server.connected);
      const visitor = await signedInVisitor(server.url, person);
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>');
      expect(await post(visitor, svg)).to.deep.equal([400, 'image_kind_unsupported']);
      expect(await post(visitor, svg, 'image/svg+xml')).to.deep.equal([
        415,
        'media_type_unsupported',
      ]);
      expect(await post(visitor, Buffer.alloc(6_000_000))).to.deep.equal([413, 'body_too_large']);
      const cut = (await photo('red')).subarray(0, 200);
      expect(await post(visitor, cut)).to.deep.equal([400, 'image_unreadable']);
      expect((await post(visitor, await photo('red')))[0]).to.equal(201);
      expect(await post(visitor, await photo('red'))).to.deep.equal([409, 'value_exists']);
      for (let shade = 1; shade < 10; shade += 1) {
        expect((await post(visitor, await photo(`rgb(${String(shade * 20)},9,9)`)))[0]).to.equal(
          201,
        );
      }
      expect(await post(visitor, await photo('white'))).to.deep.equal([409, 'too_many_values']);
    });

    it('leaves no file when the row cannot be written', async () => {
      const { accountId } = await createPerson(server.connected);
      const { vault, db } = server.connected;
      await vault.avatars.add({ accountId, content: arriving(await photo('red')) });
      const count = async () => {
        const [row] = await db.query<{ count: string }>({
          name: 'test-count-blobs',
          text: `select count(*) from blobs where name like 'avatars/' || $1 || '/%'`,
          values: [accountId],
        });
        return Number(row?.count);
      };
      expect(await count()).to.equal(3);
      const again = vault.avatars.add({ accountId, content: arriving(await photo('red')) });
      expect((await failureOf(again)).code).to.equal('value_exists');
      expect(await count()).to.equal(3);
    });

    it('cannot be seen, changed or removed by other people', async () => {
      const owner = await createPerson(server.connected);
      const { vault } = server.connected;
      const content = arriving(await photo('red'));
      const { id } = await vault.avatars.add({ accountId: owner.accountId, content });
      const visitor = await signedInVisitor(server.url, await createPerson(server.connected));
      for (const [method, address, body] of [
        ['GET', `${id}/64`, undefined],
        ['PATCH', id, '{"label":"x"}'],
        ['DELETE', id, undefined],
      ] as const) {
        const answer = await visitor.request(`${server.url}/api/v1/account/avatars/${address}`, {
          method,
          headers: { 'content-type': 'application/json', origin: server.url, accept: '*/*' },
          ...(body !== undefined && { body }),
        });
        expect(answer.status, method).to.equal(404);
      }
      const anonymous = await fetch(`${server.url}/api/v1/account/avatars/${id}/64`);
      expect(anonymous.status).to.equal(401);
      expect(await vault.avatars.list(owner.accountId)).to.have.length(1);
    });

    it('cannot be written as a value', async () => {
      const { accountId } = await createPerson(server.connected);
      const value = 'https://tracker.example/pixel.gif';
      const typed = server.connected.vault.addAttribute({ accountId, claim: 'picture', value });
      expect((await failureOf(typed)).code).to.equal('claim_not_editable');
    });
  });

  describe('in an S3-compatible bucket', () => {
    let folder: string;
    let s3: S3Server;
    let server: TestServer;
    let clock: SettableClock;
    before(async () => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-avatars-'));
      s3 = await startS3(folder);
      clock = settableClock(new Date());
      server = await startTestServer({ clock, config: { s3: s3.options } });
    });
    after(async () => {
      await server.stop();
      await s3.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    });
    beforeEach(() => clock.set(new Date()));

    keepsPictures(
      () => server,
      () => clock,
    );
  });
});
