import { createApp } from '../../server/app.ts';
import type { Config } from '../../config/config.ts';
import { AppError } from '../../platform/app-error.ts';

/** A server that takes requests. */
export interface RunningServer {
  readonly url: string;
  /** Finishes the requests in flight, then closes everything. */
  stop(): Promise<void>;
}

/** Starts the server. @throws AppError `port_taken`, `address_refused` with an instruction. */
export async function serve(config: Config): Promise<RunningServer> {
  const app = await createApp(config);
  try {
    const { url } = await app.listen();
    return { url, stop: () => app.close() };
  } catch (error) {
    await app.close();
    throw explainListening(error, config);
  }
}

function explainListening(error: unknown, { host, port }: Config): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new AppError('conflict', 'port_taken', {
      cause: error,
      detail: `Port ${String(port)} is used by another program. Stop it, or choose another port with PORT or --port.`,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new AppError('conflict', 'address_refused', {
      cause: error,
      detail: `Cannot listen on ${host}, port ${String(port)} (${code}). Choose another with HOST and PORT.`,
    });
  }
  return error;
}
