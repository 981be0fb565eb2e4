import fs from 'node:fs';
import path from 'node:path';

import { PROJECT_FOLDER } from '../dev/project-folders.ts';

/** The version in package.json. */
export function version(): string {
  const manifest = fs.readFileSync(path.join(PROJECT_FOLDER, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
