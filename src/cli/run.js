// `node src/cli/run.js <script or mocha> [arguments]`: what the npm scripts use, so that they work where the system's
// Node is too old for the project.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { runWithModernNode } from './modern-node.js';

const MOCHA = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));

const [name = '', ...args] = process.argv.slice(2);
await runWithModernNode(name === 'mocha' ? MOCHA : path.resolve(name), args);
