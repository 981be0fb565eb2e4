import type http from 'node:http';
import type https from 'node:https';

export interface NodeFetchOptions {
  readonly request: typeof http.request | typeof https.request;
  readonly agent?: http.Agent;
  /** Headers of each request, including those that the global `fetch` sets itself, such as `sec-fetch-mode`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A `fetch` on the HTTP client of Node with full control of headers and agent. Redirects are not followed. */
export function createNodeFetch({ request, agent, headers = {} }: NodeFetchOptions): typeof fetch {
  return async (input, init) => {
    const outgoingRequest = new Request(input, init);
    const body = Buffer.from(await outgoingRequest.arrayBuffer());
    const sent: Record<string, string> = {
      ...Object.fromEntries(outgoingRequest.headers),
      ...headers,
    };
    if (body.length > 0) sent['content-length'] = String(body.length);
    const { method, signal } = outgoingRequest;
    const options = { method, signal, headers: sent, ...(agent !== undefined && { agent }) };
    return await new Promise<Response>((resolve, reject) => {
      const outgoing = request(outgoingRequest.url, options, (incoming) => {
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
