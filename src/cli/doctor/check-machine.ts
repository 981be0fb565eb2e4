import fs from 'node:fs';
import path from 'node:path';

import { version } from '../version.ts';
import { type Finding, Wrong } from './check.ts';

/** Versions of the programs. Unsupported versions end the process earlier. */
export async function checkVersions(): Promise<Finding> {
  return { text: `Consentry ${version()} on Node ${process.versions.node}` };
}

const LEAST_FREE_BYTES = 1_000_000_000;

/** Free space where this server keeps its state: the embedded database, secrets of development. */
export async function checkDisk(
  folder: string,
  leastFreeBytes = LEAST_FREE_BYTES,
): Promise<Finding> {
  const place = existing(folder);
  const { bavail, bsize } = fs.statfsSync(place);
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB free at ${place}`;
  if (free < leastFreeBytes) throw new Wrong(`only ${text}`, 'make room, or move the folder');
  return { text };
}

/** The folder, or its nearest existing parent. */
function existing(folder: string): string {
  return fs.existsSync(folder) ? folder : existing(path.dirname(folder));
}
