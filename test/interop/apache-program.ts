import fs from 'node:fs';
import path from 'node:path';

import type { UnpackedProgram } from '../support/servers/unpacked-program.ts';
import type { AppProgram } from './app-process.ts';
import { debianProgram } from './toolchains.ts';

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'auth_openidc'];

/** How Apache with mod_auth_openidc is started for one app. */
export interface ApacheInput {
  /** An empty folder for this process. */
  readonly folder: string;
  readonly port: number;
  readonly clientSecret: string;
  /** The configuration that the page of the app shows. */
  readonly sample: string;
  /** Directives beside the sample. */
  readonly directives?: readonly string[];
}

/** Apache with mod_auth_openidc of Debian, fetched at the first run. @throws Error when it cannot be fetched. */
export function apacheWithOpenidc(): UnpackedProgram {
  return debianProgram({
    name: 'apache',
    packages: ['apache2-bin', 'libapache2-mod-auth-openidc'],
    file: 'usr/sbin/apache2',
    versionFlag: '-v',
  });
}

/** Writes the site around a sample: the page `/secured/` is behind it, `/` is open. The other lines are those of the system's own files. */
export function apacheProgram(
  apache: UnpackedProgram,
  { folder, port, clientSecret, sample, directives = [] }: ApacheInput,
): AppProgram {
  const pages = path.join(folder, 'pages');
  fs.mkdirSync(path.join(pages, 'secured'), { recursive: true });
  fs.writeFileSync(path.join(pages, 'secured/index.html'), 'secured');
  fs.writeFileSync(path.join(pages, 'index.html'), 'signed out');
  fs.writeFileSync(path.join(folder, 'consentry.conf'), `${sample}\n`);
  const modules = path.resolve(apache.command, '../../lib/apache2/modules');
  const lines = [
    ...MODULES.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    `ServerName localhost`,
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    `PidFile ${folder}/apache.pid`,
    `ErrorLog "|$cat 1>&2"`,
    `Listen 127.0.0.1:${String(port)}`,
    `DocumentRoot ${pages}`,
    `DirectoryIndex index.html`,
    `Include ${folder}/consentry.conf`,
    ...directives,
  ];
  const file = path.join(folder, 'apache.conf');
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return {
    command: apache.command,
    args: ['-X', '-f', file],
    env: {
      LD_LIBRARY_PATH: apache.libraries,
      CLIENT_SECRET: clientSecret,
      SESSION_SECRET: 'a-long-random-passphrase',
    },
  };
}
