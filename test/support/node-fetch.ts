import type http from 'node:http';
import type https from 'node:https';

export interface NodeFetchOptions {
  readonly request: typeof http.request | typeof https.request;
  readonly agent?: http.Agent;
  /** Sent with each request; the global `fetch` sets some of them itself, such as `sec-fetch-mode`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** `fetch` on Node's own HTTP client, which the caller controls wholly. Redirects are not followed. */
export function createNodeFetch({ request, agent, headers = {} }: NodeFetchOptions): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const sent: Record<string, string> = { ...Object.fromEntries(asked.headers), ...headers };
    if (body.length > 0) sent['content-length'] = String(body.length);
    const { method, signal } = asked;
    const options = { method, signal, headers: sent, ...(agent !== undefined && { agent }) };
    return await new Promise<Response>((resolve, reject) => {
      const outgoing = request(asked.url, options, (incoming) => {
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
