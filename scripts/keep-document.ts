import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Writes a document that is made from the code; with `--check` it only checks that the file is current. */
export function keepDocument(name: string, text: string): void {
  const file = fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readIfThere(file) !== text) {
    process.stderr.write(`docs/${name} is not current: run npm run docs\n`);
    process.exitCode = 1;
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
