// `npm run docs`: writes docs/openapi.json; with --check it only checks that the file is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { openApiText } from '../src/cli/commands/openapi.ts';

const FILE = fileURLToPath(new URL('../docs/openapi.json', import.meta.url));

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, openApiText());
} else if (readIfThere() !== openApiText()) {
  process.stderr.write('docs/openapi.json is not current: run npm run docs\n');
  process.exitCode = 1;
}

function readIfThere(): string | null {
  try {
    return readFileSync(FILE, 'utf8');
  } catch {
    return null;
  }
}
