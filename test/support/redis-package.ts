import { unpackProgram } from './unpacked-program.ts';

/** How a Redis program is started. */
export interface RedisProgram {
  readonly command: string;
  /** Folder of its shared libraries, when they are not installed. */
  readonly libraries?: string;
}

/** Debian's or Ubuntu's `redis-server`; see {@link unpackProgram}. */
export function unpackRedis(): RedisProgram | null {
  return unpackProgram({
    name: 'redis',
    packages: ['redis-server', 'redis-tools'],
    file: 'usr/bin/redis-server',
  });
}
