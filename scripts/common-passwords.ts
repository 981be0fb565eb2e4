import fs from 'node:fs';

import words from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' };

import { SHIPPED_LIST } from '../src/authentication/passwords/breached-passwords.ts';
import { buildPasswordList } from '../src/authentication/passwords/build-password-list.ts';

// Makes the list of common passwords that the server and its pages use. `npm run common-passwords`, after an update of the package.
const { content, count } = await buildPasswordList({ batches: [words] });
fs.writeFileSync(SHIPPED_LIST, content);
process.stdout.write(`${String(count)} passwords, ${String(content.length)} bytes\n`);
