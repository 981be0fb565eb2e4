import { spawnSync } from 'node:child_process';

import { chromium, type Browser } from 'playwright-core';

/**
 * A real Chromium: CHROME_PATH, else one on PATH, else that of the development dependency (Linux on x64).
 * @throws Error with one line that explains what to install.
 */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, args } = await findChromium();
  return chromium.launch({ executablePath, args: [...args, ...sandboxArguments()] });
}

interface Chromium {
  readonly executablePath: string;
  readonly args: readonly string[];
}

const PROGRAMS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
];

async function findChromium(): Promise<Chromium> {
  const given = process.env['CHROME_PATH'];
  if (given !== undefined && given !== '') return { executablePath: given, args: [] };
  for (const executablePath of PROGRAMS) {
    const found = spawnSync('/bin/sh', ['-c', `command -v ${executablePath}`], {
      encoding: 'utf8',
    });
    if (found.status === 0) return { executablePath: found.stdout.trim(), args: [] };
  }
  if (process.platform === 'linux' && process.arch === 'x64') return fromPackage();
  throw new Error(
    'Browser tests need Chromium: install it, or set CHROME_PATH to Chrome or Chromium.',
  );
}

// Flags for functions that run once: with them, closing one window ends the whole browser.
const ONE_PROCESS = new Set(['--single-process', '--no-zygote']);

async function fromPackage(): Promise<Chromium> {
  // The package unpacks the shared libraries of Chromium only if this variable of Lambda is set.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return {
    executablePath: await packaged.executablePath(),
    args: packaged.args.filter((arg) => !ONE_PROCESS.has(arg)),
  };
}

// Chromium refuses to sandbox itself as root, and many containers allow no user namespaces.
function sandboxArguments(): readonly string[] {
  return process.platform === 'linux' ? ['--no-sandbox'] : [];
}
