import { unpackProgram } from './unpacked-program.ts';

/** The Redis program and its libraries. */
export interface RedisProgram {
  readonly command: string;
  /** Folder of its shared libraries, when they are not installed. */
  readonly libraries?: string;
}

/** `redis-server` of Debian or Ubuntu; see {@link unpackProgram}. */
export function unpackRedis(): RedisProgram | null {
  return unpackProgram({
    name: 'redis',
    packages: ['redis-server', 'redis-tools'],
    file: 'usr/bin/redis-server',
  });
}
