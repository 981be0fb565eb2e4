import { once } from 'node:events';
import http from 'node:http';

import { expect } from 'chai';
import { Type } from 'typebox';

import { formAction, redirect } from '../../src/http/routing/page-route.ts';
import { Bytes, route } from '../../src/http/routing/route.ts';
import { ana, openApp, type OpenApp } from './open-app.ts';
import { arriving } from '../support/people/pictures.ts';
import { NameParam } from '../../src/http/routing/path-parameters.ts';

const MOST = 100_000;
const LARGE = 8_000_000;
const FILE = { name: 'file', maxBytes: MOST };

/** Reads the first piece only. */
async function glance(content: AsyncIterable<Buffer>): Promise<number> {
  for await (const chunk of content) return chunk.length;
  return 0;
}

describe('Uploads and files', () => {
  let app: OpenApp;
  let received: { fields: unknown; size: number; chunks: number }[] = [];

  const take = async (content: AsyncIterable<Buffer> | null, fields: unknown): Promise<number> => {
    let size = 0;
    let chunks = 0;
    for await (const chunk of content ?? []) {
      size += chunk.length;
      chunks += 1;
    }
    received.push({ fields, size, chunks });
    return size;
  };

  before(async () => {
    app = await openApp({
      callers: { ana },
      routes: [
        route({
          method: 'post',
          path: '/api/v1/files',
          operationId: 'addFile',
          tag: 'Test',
          summary: 'Add a file',
          access: 'public',
          consumes: { types: ['image/png'], maxBytes: MOST },
          response: Type.Object({ size: Type.Integer() }),
          handle: async ({ upload }) => ({ size: await take(upload.content, {}) }),
        }),
        route({
          method: 'post',
          path: '/api/v1/glances',
          operationId: 'glanceAtFile',
          tag: 'Test',
          summary: 'Look at the beginning of a file',
          access: 'public',
          consumes: { types: ['image/png'], maxBytes: LARGE },
          response: Type.Object({ size: Type.Integer() }),
          handle: async ({ upload }) => ({ size: await glance(upload.content) }),
        }),
        formAction({
          path: '/glance',
          access: 'public',
          form: Type.Object({ label: Type.Optional(Type.String({ maxLength: 10 })) }),
          file: { name: 'file', maxBytes: LARGE },
          show: async () => redirect('/refused'),
          submit: async ({ file }) => {
            await glance(file ?? arriving(Buffer.alloc(0)));
            return redirect('/done');
          },
        }),
        route({
          method: 'get',
          path: '/files/{name}',
          params: Type.Object({ name: NameParam }),
          operationId: 'readFile',
          tag: 'Test',
          summary: 'Read a file',
          access: 'public',
          produces: ['image/png'],
          response: Bytes,
          handle: async ({ params }) => ({
            contentType: 'image/png',
            body: Buffer.from('picture'),
            isForOtherSites: params.name === 'open',
          }),
        }),
        formAction({
          path: '/upload',
          access: 'person',
          form: Type.Object({ label: Type.String({ maxLength: 99 }) }),
          file: FILE,
          show: async () => redirect('/refused'),
          submit: async ({ form, file }) => {
            await take(file, form);
            return redirect('/done');
          },
        }),
      ],
    });
  });
  after(() => app.close());
  beforeEach(() => {
    received = [];
  });

  const post = (body: string | Buffer<ArrayBuffer>, type: string): Promise<Response> =>
    app.fetch('/api/v1/files', { method: 'POST', body, headers: { 'content-type': type } });

  /** A body without a length, sent in pieces. */
  const stream = (pieces: number, bytes: number): ReadableStream => {
    let left = pieces;
    return new ReadableStream({
      pull: (controller) => {
        if (left === 0) controller.close();
        else controller.enqueue(Buffer.alloc(bytes));
        left -= 1;
      },
    });
  };

  it('stream the body to the handler', async () => {
    const answer = await app.fetch('/api/v1/files', {
      method: 'POST',
      body: stream(9, 10_000),
      headers: { 'content-type': 'image/png' },
      duplex: 'half',
    });
    expect(await answer.json()).to.deep.equal({ size: 90_000 });
    expect(received[0]?.chunks).to.be.greaterThan(1);
  });

  it('are refused above the limit, with and without a declared length', async () => {
    const declared = await post(Buffer.alloc(MOST + 1), 'image/png');
    expect([
      declared.status,
      await declared.json().then((body) => (body as { code: string }).code),
    ]).to.deep.equal([413, 'body_too_large']);
    const undeclared = await app.fetch('/api/v1/files', {
      method: 'POST',
      body: stream(40, 10_000),
      headers: { 'content-type': 'image/png' },
      duplex: 'half',
    });
    expect(undeclared.status).to.equal(413);
    expect(received).to.deep.equal([]);
  });

  it('are received to their end when the handler stops early, so that a browser reads the answer', async () => {
    const visit = await app.visit();
    const form = new FormData();
    form.append('_csrf', visit.token);
    form.append('file', new Blob([Buffer.alloc(LARGE - 1_000)]), 'me.png');
    const packed = new Request(app.url, { method: 'POST', body: form });
    const uploads = [
      {
        path: '/glance',
        type: packed.headers.get('content-type') ?? '',
        body: Buffer.from(await packed.arrayBuffer()),
        status: 303,
      },
      { path: '/api/v1/glances', type: 'image/png', body: Buffer.alloc(LARGE), status: 200 },
    ];
    for (const { path, type, body, status } of uploads) {
      const headers = { 'content-type': type, cookie: visit.cookie };
      const request = http.request(new URL(path, app.url), { method: 'POST', headers });
      const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
      // The callback is called when the operating system has taken the last byte.
      await new Promise((resolve) => {
        request.end(body, () => resolve(undefined));
      });
      const [answer] = await answered;
      answer.resume();
      expect(answer.statusCode, path).to.equal(status);
    }
  });

  it('are refused with other content types', async () => {
    expect((await post('{}', 'application/json')).status).to.equal(415);
    expect((await post('GIF89a', 'image/gif')).status).to.equal(415);
  });

  it('are served with headers against caching, framing and sniffing', async () => {
    const answer = await app.fetch('/files/own');
    expect(await answer.text()).to.equal('picture');
    expect(Object.fromEntries(answer.headers)).to.include({
      'content-type': 'image/png',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    });
    const open = await app.fetch('/files/open');
    expect(open.headers.get('cross-origin-resource-policy')).to.equal('cross-origin');
  });

  describe('in a form', () => {
    const send = async (change: (form: FormData) => void, token?: string): Promise<Response> => {
      const visit = await app.visit();
      const form = new FormData();
      form.append('_csrf', token ?? visit.token);
      form.append('label', 'work');
      change(form);
      return app.fetch('/upload', {
        method: 'POST',
        body: form,
        headers: { cookie: visit.cookie, 'x-test-caller': 'ana' },
        redirect: 'manual',
      });
    };

    it('come with the form fields sent before them', async () => {
      const answer = await send((form) => {
        form.append('file', new Blob([Buffer.alloc(70_000)]), 'me.png');
        form.append('label', 'late');
      });
      expect(answer.headers.get('location')).to.equal('/done');
      expect(received).to.have.length(1);
      expect(received[0]).to.deep.include({ fields: { label: 'work' }, size: 70_000 });
    });

    it('are empty when no file was chosen', async () => {
      await send((form) => form.append('file', new Blob([]), ''));
      expect(received).to.deep.equal([{ fields: { label: 'work' }, size: 0, chunks: 0 }]);
    });

    it('are not read with a wrong CSRF token', async () => {
      const answer = await send(
        (form) => form.append('file', new Blob([Buffer.alloc(70_000)]), 'me.png'),
        'forged',
      );
      expect(answer.status).to.equal(403);
      expect(received).to.deep.equal([]);
    });

    it('are refused above the limit', async () => {
      const answer = await send((form) =>
        form.append('file', new Blob([Buffer.alloc(MOST + 10)]), 'me.png'),
      );
      expect(answer.status).to.equal(413);
      expect(received).to.deep.equal([]);
    });

    it('are refused as plain forms and with unknown fields', async () => {
      const visit = await app.visit();
      const plain = await app.fetch('/upload', {
        method: 'POST',
        body: new URLSearchParams({ _csrf: visit.token, label: 'x' }),
        headers: { cookie: visit.cookie, 'x-test-caller': 'ana' },
      });
      expect(plain.status).to.equal(415);
      const more = await send((form) => form.append('isAdministrator', 'true'));
      expect(more.headers.get('location')).to.equal('/refused');
    });

    it('that are aborted end the request, not the server', async () => {
      const visit = await app.visit();
      await new Promise<void>((resolve) => {
        const request = http.request(`${app.url}/upload`, {
          method: 'POST',
          headers: {
            cookie: visit.cookie,
            'x-test-caller': 'ana',
            'content-type': 'multipart/form-data; boundary=b',
            'content-length': 50_000,
          },
        });
        request.on('error', () => resolve());
        request.write(
          `--b\r\ncontent-disposition: form-data; name="_csrf"\r\n\r\n${visit.token}\r\n` +
            `--b\r\ncontent-disposition: form-data; name="label"\r\n\r\nx\r\n` +
            `--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'x'.repeat(20_000)}`,
          () => request.destroy(new Error('gone')),
        );
      });
      const answer = await send((form) => form.append('file', new Blob(['x']), 'me.png'));
      expect(answer.headers.get('location')).to.equal('/done');
      expect(received).to.have.length(1);
      expect(app.log.map(({ message }) => message)).not.to.include('unexpected failure');
    });
  });
});
