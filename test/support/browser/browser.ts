import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { chromium, type Browser } from 'playwright-core';

import { lockFolder } from '../../../src/dev/folder-lock.ts';
import { isAppError } from '../../../src/platform/app-error.ts';
import { waitFor } from '../wait-for.ts';

/**
 * A real Chromium: CHROME_PATH, else one on PATH, else that of the development dependency (Linux on x64).
 * @throws Error with one line that explains what to install.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await findChromium();
  const launch = () =>
    chromium.launch({ executablePath, args: [...ARGUMENTS, ...sandboxArguments()] });
  // One of some hundred starts ends at once, because a thread of Chromium reads the environment while another one changes it.
  return launch().catch(launch);
}

const ARGUMENTS = [
  // Pages are drawn without an emulated graphics card, which took half of the time of a processor for each page.
  '--disable-gpu',
  '--in-process-gpu',
  '--num-raster-threads=1',
  // The same widths of text on every machine.
  '--font-render-hinting=none',
];

const PROGRAMS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
];

async function findChromium(): Promise<string> {
  const given = process.env['CHROME_PATH'];
  if (given !== undefined && given !== '') return given;
  for (const executablePath of PROGRAMS) {
    const found = spawnSync('/bin/sh', ['-c', `command -v ${executablePath}`], {
      encoding: 'utf8',
    });
    if (found.status === 0) return found.stdout.trim();
  }
  if (process.platform === 'linux' && process.arch === 'x64') return fromPackage();
  throw new Error(
    'Browser tests need Chromium: install it, or set CHROME_PATH to Chrome or Chromium.',
  );
}

/** Its own arguments are for functions that run once; some of them disable rules that a test relies on. */
async function fromPackage(): Promise<string> {
  // The package unpacks the shared libraries of Chromium only if this variable of Lambda is set.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  const release = await waitForTurn();
  try {
    return await packaged.executablePath();
  } finally {
    release();
  }
}

const UNPACKED_WITHIN_MS = 60_000;

/** One process at a time unpacks it, so that no other starts a file that is half written. */
async function waitForTurn(): Promise<() => void> {
  const folder = path.join(os.tmpdir(), 'consentry-chromium');
  fs.mkdirSync(folder, { recursive: true });
  let lock: ReturnType<typeof lockFolder> | undefined;
  const take = (): boolean => {
    try {
      lock = lockFolder(folder);
      return true;
    } catch (error) {
      if (!isAppError(error, 'folder_in_use')) throw error;
      return false;
    }
  };
  await waitFor('another process has unpacked Chromium', take, UNPACKED_WITHIN_MS);
  return () => lock?.release();
}

// Chromium refuses to sandbox itself as root, and many containers allow no user namespaces.
function sandboxArguments(): readonly string[] {
  return process.platform === 'linux' ? ['--no-sandbox'] : [];
}
