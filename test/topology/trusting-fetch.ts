import { Agent, request } from 'node:https';

/**
 * `fetch` that trusts one certificate of our own, which the global one cannot be told. Redirects are not followed, and
 * every request opens a new connection, so that a proxy is free to choose another node each time.
 */
export function createTrustingFetch(certificate: string): typeof fetch {
  const agent = new Agent({ ca: certificate, keepAlive: false });
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const headers: Record<string, string> = Object.fromEntries(asked.headers);
    if (body.length > 0) headers['content-length'] = String(body.length);
    return await new Promise<Response>((resolve, reject) => {
      const outgoing = request(asked.url, { agent, method: asked.method, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const answer = new Headers();
          for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
            answer.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '');
          }
          const status = incoming.statusCode ?? 500;
          const isEmpty = status === 204 || status === 304;
          resolve(
            new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers: answer }),
          );
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  };
}
