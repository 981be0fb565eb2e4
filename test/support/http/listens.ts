import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_SECONDS = 10;

/** True as soon as the port accepts connections, false after so many seconds (ten by default). */
export async function listens(port: number, seconds = WAIT_SECONDS): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (await accepts(port)) return true;
    await sleep(20);
  }
  return false;
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
