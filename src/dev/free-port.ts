import { randomInt } from 'node:crypto';
import net from 'node:net';

/**
 * Below the ports that systems take for outgoing connections (Linux from 32768, others from 49152; RFC 6335 §6), so that no connection
 * takes the port between the search and its use.
 */
const PORTS = [20_000, 32_000] as const;
const MOST_ATTEMPTS = 100;

/** A TCP port on 127.0.0.1 on which no process listens at this moment. @throws Error when a hundred random ports are in use. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const port = randomInt(...PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port was found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
