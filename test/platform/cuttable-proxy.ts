import net from 'node:net';

/** A commit as the driver sends it. The word alone is also in the settings of each new session (`read committed`). */
export const COMMIT = '\0commit\0';

/** A TCP proxy whose connections can be interrupted. */
export interface CuttableProxy {
  /** The given URL with the address of the proxy. */
  readonly url: string;
  /** Forwards nothing and closes nothing, as with a pulled cable or dropped packets. */
  freeze(): void;
  /** Closes every connection and refuses new ones, as with a stopped server. */
  cut(): void;
  restore(): void;
  /**
   * Forwards the next request that contains `text` and closes its connection before the response, or after `passing` packets of
   * the response (default 0).
   */
  loseAnswerTo(text: string, passing?: number): void;
  /** Replaces `text` in all requests by another text of the same length. */
  replaceInRequests(text: string, other: string): void;
  /** Closes every connection and forwards new ones to the server of another URL, as after a fail-over. */
  redirect(url: string): void;
  /** @throws Error when no request contained the text of `loseAnswerTo`. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 and forwards to the host and port of `url`. */
export async function openCuttableProxy(url: string): Promise<CuttableProxy> {
  let target = new URL(url);
  const sockets = new Set<net.Socket>();
  let state: 'open' | 'frozen' | 'cut' = 'open';
  let replaced: { readonly text: string; readonly other: string } | null = null;
  let lost: { readonly text: string; passing: number } | null = null;

  const track = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (state === 'frozen') socket.pause();
  };
  const server = net.createServer((near) => {
    if (state === 'cut') return near.destroy();
    const far = net.connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      track(from);
      from.on('data', (chunk: Buffer) => {
        if (from === near && lost !== null && chunk.includes(lost.text)) {
          let { passing } = lost;
          lost = null;
          far.removeAllListeners('data').on('data', (answer: Buffer) => {
            if (passing > 0) near.write(answer);
            else near.destroy();
            passing -= 1;
          });
        }
        if (from === near && replaced !== null) {
          const { text, other } = replaced;
          to.write(Buffer.from(chunk.toString('latin1').replaceAll(text, other), 'latin1'));
        } else {
          to.write(chunk);
        }
      });
      from.on('close', () => to.destroy());
    }
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((server.address() as net.AddressInfo).port);
  return {
    url: proxied.href,
    freeze: () => {
      state = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    cut: () => {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    redirect: (other) => {
      target = new URL(other);
      state = 'open';
      for (const socket of sockets) socket.destroy();
    },
    restore: () => {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    loseAnswerTo: (text, passing = 0) => {
      lost = { text, passing };
    },
    replaceInRequests: (text, other) => {
      if (text.length !== other.length) throw new Error('the texts differ in length');
      replaced = { text, other };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      if (lost !== null) throw new Error(`no request contained ${JSON.stringify(lost.text)}`);
    },
  };
}
