import { randomBytes } from 'node:crypto';
import fs from 'node:fs';

import {
  openBreachedPasswords,
  SHIPPED_LIST,
} from '../src/authentication/passwords/breached-passwords.ts';

// Measures the list of known passwords: `node src/cli/run.js bench/password-list.ts [file]`. Size, time to open, memory, time of a
// look-up, and how many of a million random passwords are found although they are not in the list.
const TRIES = 1_000_000;
const file = process.argv[2] ?? null;

const before = process.memoryUsage();
const startedAt = performance.now();
const list = await openBreachedPasswords(file);
const openMs = performance.now() - startedAt;
const { heapUsed, arrayBuffers } = process.memoryUsage();

const texts = Array.from({ length: TRIES }, () => randomBytes(12).toString('base64'));
const triedAt = performance.now();
const found = texts.filter((text) => list.has(text)).length;
const microseconds = ((performance.now() - triedAt) / TRIES) * 1_000;

const { size } = fs.statSync(file ?? SHIPPED_LIST);
process.stdout.write(`passwords             ${String(list.count)}
file                  ${String(size)} bytes (${(size / list.count).toFixed(2)} per password)
open                  ${openMs.toFixed(1)} ms
memory                ${((heapUsed - before.heapUsed + arrayBuffers - before.arrayBuffers) / 1e6).toFixed(2)} MB
look-up               ${microseconds.toFixed(1)} us
found of ${String(TRIES)}      ${String(found)} (${((found / TRIES) * 100).toFixed(4)} %)
`);
