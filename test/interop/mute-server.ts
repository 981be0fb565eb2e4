import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server that accepts connections and never sends anything. */
export interface MuteServer {
  readonly port: number;
  /** Number of accepted connections. */
  connections(): number;
  /** Closes all connections and frees the port. */
  stop(): Promise<void>;
}

/** Starts the server on 127.0.0.1. */
export async function startMuteServer(): Promise<MuteServer> {
  const sockets = new Set<Socket>();
  const state = { count: 0 };
  const server = createServer((socket) => {
    state.count += 1;
    sockets.add(socket);
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => state.count,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
