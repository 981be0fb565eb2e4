import { expect } from 'chai';
import sharp from 'sharp';

import { signedInVisitor } from '../support/people/console-visitor.ts';
import { beginAt } from '../support/people/connect-app.ts';
import { createPerson, type TestPerson, visitorAt } from '../support/people/people.ts';
import { arriving, photo, sendPicture } from '../support/people/pictures.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

interface Problem {
  readonly code: string;
  readonly fields?: Record<string, string>;
}

interface Logo {
  readonly webp: string;
  readonly png: string;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

describe('Logos of apps', function () {
  this.timeout(30_000);
  let server: TestServer;
  let owner: TestPerson;
  let visitor: Visitor;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    owner = await createPerson(server.connected);
    visitor = await signedInVisitor(server.url, owner);
  });
  after(() => server.stop());
  beforeEach(async () => {
    app = await registerThirdPartyApp(server, owner.accountId);
  });

  const send = (method: string, body?: Buffer, type = 'application/octet-stream', by = visitor) =>
    by.request(`${server.url}/api/v1/clients/${app.clientId}/logo`, {
      method,
      headers: { accept: 'application/json', 'content-type': type, origin: server.url },
      ...(body !== undefined && { body: new Uint8Array(body) }),
    });
  const upload = async (body: Buffer, type?: string): Promise<Logo> => {
    const answer = await send('PUT', body, type);
    expect(answer.status).to.equal(200);
    return ((await answer.json()) as { logo: Logo }).logo;
  };
  const refusalOf = async (body: Buffer, type?: string): Promise<[number, Problem]> => {
    const answer = await send('PUT', body, type);
    return [answer.status, (await answer.json()) as Problem];
  };
  const load = (address: string) => fetch(`${server.url}${address}`);
  /** Each of another colour, unless one is given. */
  let colours = 0;
  const newColour = () => `rgb(${String((colours += 1))},40,160)`;
  const square = (side: number, colour = newColour()) =>
    sharp({ create: { width: side, height: side, channels: 3, background: colour } });

  for (const kind of ['png', 'jpeg', 'webp'] as const) {
    it(`are made of a ${kind}, as squares of 256 pixels without its metadata`, async () => {
      const file = await sharp(await photo('red'))
        .keepMetadata()
        .toFormat(kind)
        .toBuffer();
      const logo = await upload(file, `image/${kind}`);
      for (const format of ['webp', 'png'] as const) {
        const answer = await load(logo[format]);
        expect(answer.headers.get('content-type')).to.equal(`image/${format}`);
        const bytes = Buffer.from(await answer.arrayBuffer());
        const { width, height, exif, hasAlpha } = await sharp(bytes).metadata();
        expect({ width, height, exif }).to.deep.equal({
          width: 256,
          height: 256,
          exif: undefined,
        });
        expect(bytes.includes('Petrova')).to.equal(false);
        // The photo is wider than high: nothing is cut off, and the margins are transparent.
        expect(hasAlpha).to.equal(true);
        const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
        expect(data[3]).to.equal(0);
      }
    });
  }

  it('are served for ever under an address of their content, without a cookie, and inert', async () => {
    const first = await upload(await square(64, 'red').png().toBuffer());
    const again = await upload(await square(64, 'red').png().toBuffer());
    expect(again).to.deep.equal(first);
    const other = await upload(await square(64).png().toBuffer());
    expect(other.webp).not.to.equal(first.webp);
    const answer = await visitor.request(`${server.url}${other.webp}`);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('cache-control')).to.equal(IMMUTABLE);
    expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(answer.headers.get('cross-origin-resource-policy')).to.equal('same-origin');
    expect(answer.headers.get('content-security-policy')).to.include("default-src 'none'; sandbox");
    expect(answer.headers.get('set-cookie')).to.equal(null);
    expect(answer.headers.get('vary') ?? '').not.to.include('Cookie');
  });

  it('end with their replacement and their removal, and stay in the history when the app is deleted', async () => {
    const first = await upload(await square(64).png().toBuffer());
    const second = await upload(await square(64).png().toBuffer());
    expect((await load(first.webp)).status).to.equal(404);
    expect((await load(second.webp)).status).to.equal(200);
    expect((await send('DELETE')).status).to.equal(204);
    expect((await send('DELETE')).status).to.equal(204);
    expect((await load(second.png)).status).to.equal(404);
    const third = await upload(await square(64).png().toBuffer());
    const { connected } = server;
    const manager = { accountId: owner.accountId, isAdministrator: false };
    await connected.clients.remove({ clientId: app.clientId, manager });
    expect((await load(third.webp)).status).to.equal(200);
    expect((await connected.clients.find(app.clientId))?.logo).to.be.a('string');
  });

  it('stay while another app has the same image', async () => {
    const file = await square(32, '#00aa77').png().toBuffer();
    const logo = await upload(file);
    const twin = await registerThirdPartyApp(server, owner.accountId, { name: 'Twin' });
    const manager = { accountId: owner.accountId, isAdministrator: false };
    await server.connected.clients.setLogo({
      clientId: twin.clientId,
      manager,
      content: arriving(file),
    });
    await send('DELETE');
    expect((await load(logo.webp)).status).to.equal(200);
    await server.connected.clients.removeLogo({ clientId: twin.clientId, manager });
    expect((await load(logo.webp)).status).to.equal(404);
  });

  it('are no SVG, GIF, AVIF or other kind, and the refusal names the permitted kinds', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    );
    for (const type of ['image/svg+xml', 'image/gif', 'text/html']) {
      const answer = await send('PUT', svg, type);
      expect(answer.status, type).to.equal(415);
      expect(answer.headers.get('accept')).to.include('image/png, image/jpeg, image/webp');
    }
    const others = [
      svg,
      await square(32).gif().toBuffer(),
      await square(32).avif().toBuffer(),
      await square(32).tiff().toBuffer(),
      Buffer.from('%PDF-1.7'),
    ];
    for (const file of others) {
      for (const type of ['image/png', 'application/octet-stream']) {
        const [status, problem] = await refusalOf(file, type);
        expect([status, problem.fields]).to.deep.equal([400, { logo: 'logo_kind_unsupported' }]);
      }
    }
    expect((await server.connected.clients.find(app.clientId))?.logo).to.equal(null);
  });

  it('are refused above 1 MB and 16 megapixels, damaged, and as a decompression bomb', async () => {
    const [status, { code }] = await refusalOf(Buffer.alloc(1024 * 1024 + 1));
    expect([status, code]).to.deep.equal([413, 'body_too_large']);
    const cut = (await photo('red')).subarray(0, 300);
    expect((await refusalOf(cut))[1].code).to.equal('logo_unreadable');
    const large = await sharp({
      create: { width: 4_250, height: 4_000, channels: 3, background: 'red' },
    })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(large.length).to.be.lessThan(1024 * 1024);
    expect((await refusalOf(large))[1].code).to.equal('logo_too_many_pixels');
    const bomb = await square(15_000).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).to.be.lessThan(1024 * 1024);
    const before = process.memoryUsage().rss;
    expect((await refusalOf(bomb))[1].code).to.equal('logo_too_many_pixels');
    // The decoded picture would have 675 MB.
    expect(process.memoryUsage().rss - before).to.be.lessThan(200 * 1024 * 1024);
  });

  it('contain nothing of a file that is two files, and the first frame of an animation', async () => {
    const script = '<script>alert(document.domain)</script>';
    const polyglot = Buffer.concat([await square(64).png().toBuffer(), Buffer.from(script)]);
    const logo = await upload(polyglot);
    for (const address of [logo.webp, logo.png]) {
      const bytes = Buffer.from(await (await load(address)).arrayBuffer());
      expect(bytes.includes('script')).to.equal(false);
    }
    const frames = await Promise.all(
      ['#ff0000', '#0000ff'].map((colour) => square(32, colour).png().toBuffer()),
    );
    const animation = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer();
    expect((await sharp(animation).metadata()).pages).to.equal(2);
    const first = await upload(animation);
    const shown = sharp(Buffer.from(await (await load(first.webp)).arrayBuffer()));
    expect((await shown.metadata()).pages).to.equal(undefined);
    const { data } = await shown.raw().toBuffer({ resolveWithObject: true });
    expect([data[0], data[2]]).to.satisfy(
      ([red = 0, blue = 0]: number[]) => red > 200 && blue < 60,
    );
  });

  it('are set by the owner only', async () => {
    const stranger = await signedInVisitor(server.url, await createPerson(server.connected));
    const file = await square(32).png().toBuffer();
    expect((await send('PUT', file, 'image/png', stranger)).status).to.equal(404);
    expect((await send('DELETE', undefined, 'image/png', stranger)).status).to.equal(404);
    expect((await send('PUT', file, 'image/png', visitorAt(server.url))).status).to.equal(401);
    expect((await server.connected.clients.find(app.clientId))?.logo).to.equal(null);
  });

  it('are uploaded and removed on the page of the app, with errors at the field', async () => {
    const page = `${server.url}/developer/apps/${app.clientId}/logo`;
    const submit = (file: Blob | null) => sendPicture(visitor, { page, field: 'logo', file });
    const problemOf = async (file: Blob | null) => {
      const answer = await submit(file);
      expect(answer.status).to.equal(422);
      return answer.text();
    };
    // `logo_missing`
    expect(await problemOf(null)).to.include('Choose a file.');
    expect(await problemOf(new Blob(['<svg/>']))).to.include(
      'A logo must be a PNG, JPEG or WebP image.',
    );
    expect(await problemOf(new Blob([Buffer.alloc(3_000_000, 1)]))).to.include('PNG, JPEG or WebP');
    const long = [await photo('red'), Buffer.alloc(1_100_000)];
    expect(await problemOf(new Blob(long))).to.include('bigger than 1 MB');
    const right = await submit(new Blob([await photo(newColour())]));
    expect(right.headers.get('location')).to.equal(`/developer/apps/${app.clientId}`);
    const address = (await visitor.get(page)).document.querySelector('img.app-logo');
    expect((await load(address?.getAttribute('src') ?? '')).status).to.equal(200);
    await visitor.submitForm('form[action$="/logo/remove"]');
    expect(visitor.page.document.querySelector('img.app-logo')).to.equal(null);
    expect((await load(address?.getAttribute('src') ?? '')).status).to.equal(404);
  });

  it('are shown at sign-in, on the consent page, in the list of apps and on their pages', async () => {
    const { webp } = await upload(await square(64).png().toBuffer());
    const person = await createPerson(server.connected);
    const guest = visitorAt(server.url);
    const logoOn = () =>
      guest.page.document.querySelector('img.app-logo')?.getAttribute('src') ?? null;
    await app.begin(guest);
    expect(logoOn()).to.equal(webp);
    await beginAt({ visitor: guest, app, person });
    expect(logoOn()).to.equal(webp);
    await guest.submitForm('button[value=allow]');
    for (const page of ['/account/apps', `/account/apps/${app.clientId}`]) {
      await guest.get(`${server.url}${page}`);
      expect(logoOn(), page).to.equal(webp);
    }
  });
});
