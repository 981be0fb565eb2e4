import fs from 'node:fs';

import { expect } from 'chai';

import { waitFor } from '../support/wait-for.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson } from '../support/people/people.ts';
import { arriving, photo, sendPicture } from '../support/people/pictures.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

describe('Pages and jobs of pictures', function () {
  this.timeout(20_000);
  let server: TestServer;
  let clock: SettableClock;
  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });
  after(() => server.stop());
  beforeEach(() => clock.set(new Date()));

  it('a job removes files without a picture', async () => {
    const { accountId } = await createPerson(server.connected);
    const { blobs, db, jobs, vault } = server.connected;
    const content = arriving(await photo('red'));
    const { id } = await vault.avatars.add({ accountId, content });
    await vault.removeAttribute({ accountId, attributeId: id });
    clock.advance(3_600);
    await db.transaction((tx) => jobs.enqueue(tx, { name: 'tidy-avatar-files', data: {} }));
    await waitFor(
      'the files to go',
      async () => (await blobs.get(`avatars/${accountId}/${id}/64`)) === null,
      10_000,
    );
  });

  it('the page uploads a picture and shows errors at the field', async () => {
    const person = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, person);
    const page = `${server.url}/account/pictures/add`;
    const send = (file: Blob | null, label: string) =>
      sendPicture(visitor, { page, field: 'picture', file, values: { label } });
    const { errors } = JSON.parse(
      fs.readFileSync(new URL('../../views/vault/en.json', import.meta.url), 'utf8'),
    ) as { errors: { image_missing: string } };
    expect(await (await send(null, 'x')).text()).to.include(errors.image_missing);
    const wrong = await send(new Blob(['<svg/>']), 'kept label');
    expect(wrong.status).to.equal(422);
    expect(await wrong.text())
      .to.include('not a PNG, JPEG, WebP or AVIF')
      .and.to.include('kept label');
    const big = await send(new Blob([await photo('red'), Buffer.alloc(5_250_000)]), '');
    expect(big.status).to.equal(422);
    expect(await big.text()).to.include('larger than 5 MB');
    const right = await send(new Blob([await photo('red')]), 'at work');
    expect([right.status, right.headers.get('location')]).to.deep.equal([303, '/account']);
    await visitor.get(`${server.url}/account`);
    const shown = visitor.page.document.querySelector('img.picture');
    expect(shown?.getAttribute('alt')).to.equal('Your picture');
    const image = await visitor.request(new URL(shown?.getAttribute('src') ?? '', server.url));
    expect(image.headers.get('content-type')).to.equal('image/webp');
  });
});
