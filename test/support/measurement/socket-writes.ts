import type { Postgres } from '../../../src/platform/postgres/postgres.ts';

/** A counter that starts at 0. */
export interface SocketWrites {
  count(): number;
}

/** The methods that a stream calls for one write. */
const METHODS = ['_write', '_writev'] as const;

type Method = (...input: unknown[]) => unknown;
type Wire = Record<(typeof METHODS)[number], Method>;

/** Starts to count the writes of `db` to its connections. `isCounted` is called at each write. Default: all are counted. */
export function countSocketWrites(
  { pool }: Pick<Postgres, 'pool'>,
  isCounted: () => boolean = () => true,
): SocketWrites {
  let writes = 0;
  const wrapped = new WeakSet<object>();
  pool.on('acquire', (client) => {
    const wire = client.connection.stream as unknown as Wire;
    if (wrapped.has(wire)) return;
    wrapped.add(wire);
    for (const name of METHODS) {
      const method = wire[name].bind(wire);
      wire[name] = (...input) => {
        if (isCounted()) writes += 1;
        return method(...input);
      };
    }
  });
  return { count: () => writes };
}
