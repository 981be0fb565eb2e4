#!/usr/bin/env node
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { runWithModernNode } from './modern-node.js';

await runWithModernNode(
  fileURLToPath(new URL('./commands.ts', import.meta.url)),
  process.argv.slice(2),
);
