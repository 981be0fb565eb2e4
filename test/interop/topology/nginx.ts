import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { findFreePort } from '../../../src/dev/free-port.ts';
import { startTethered } from '../../../src/dev/tethered-process.ts';
import { listens } from '../../support/http/listens.ts';
import { findNginx, nginxEnvironment } from './nginx-package.ts';
import { createSelfSignedCertificate } from './self-signed-certificate.ts';

/** nginx with TLS in front of some nodes, configured by `deploy/nginx`. */
export interface Nginx {
  readonly url: string;
  readonly plainUrl: string;
  /** The certificate that clients must trust. */
  readonly certificate: string;
  /** The log so far, including errors. */
  logs(): string;
  stop(): Promise<void>;
}

const TEMPLATE = new URL('../../../deploy/nginx/consentry.conf.template', import.meta.url);

/** The ports of nginx, known before the nodes start because they need the public address. */
export interface NginxPorts {
  readonly https: number;
  readonly http: number;
}

/** As an operator may have it for other sites. */
const OF_OPERATOR =
  'gzip on; gzip_min_length 1; gzip_proxied any; gzip_types *; error_log stderr notice;';

/** Two free ports. */
export async function findNginxPorts(): Promise<NginxPorts> {
  return { https: await findFreePort(), http: await findFreePort() };
}

/** Starts nginx. @param nodePorts ports of the nodes on 127.0.0.1 */
export async function startNginx(ports: NginxPorts, nodePorts: readonly number[]): Promise<Nginx> {
  const program = findNginx();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-nginx-'));
  const { certificate, key } = createSelfSignedCertificate('localhost');
  fs.writeFileSync(path.join(folder, 'certificate.pem'), certificate);
  fs.writeFileSync(path.join(folder, 'key.pem'), key, { mode: 0o600 });
  fs.writeFileSync(path.join(folder, 'site.conf'), fillTemplate({ folder, ports, nodePorts }));
  fs.writeFileSync(path.join(folder, 'nginx.conf'), frameNginx(folder, OF_OPERATOR));
  const logFile = path.join(folder, 'nginx.log');
  const logs = (): string => fs.readFileSync(logFile, 'utf8');
  const server = startTethered({
    // A container collects both outputs; here they go to one file.
    command: '/bin/sh',
    args: [
      '-c',
      'exec "$@" >>"$0" 2>&1',
      logFile,
      program.command,
      '-p',
      folder,
      '-c',
      path.join(folder, 'nginx.conf'),
      '-e',
      'stderr',
    ],
    env: nginxEnvironment(program),
    cwd: folder,
    stopSignal: 'TERM',
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const url = `https://localhost:${String(ports.https)}`;
  const plainUrl = `http://localhost:${String(ports.http)}`;
  if (await listens(ports.https)) return { url, plainUrl, certificate, logs, stop };
  const output = logs();
  await stop();
  throw new Error(`nginx (${program.command}) did not start: ${output}`);
}

interface Site {
  readonly folder: string;
  readonly ports: NginxPorts;
  readonly nodePorts: readonly number[];
}

/** Replaces the variables that are set, as envsubst does in the nginx image. */
function fillTemplate({ folder, ports, nodePorts }: Site): string {
  const values: Readonly<Record<string, string>> = {
    CONSENTRY_UPSTREAMS: nodePorts
      .map((port) => `server 127.0.0.1:${String(port)} max_fails=3 fail_timeout=2s;`)
      .join(' '),
    CONSENTRY_HOST: 'localhost',
    CONSENTRY_HTTP_PORT: `127.0.0.1:${String(ports.http)}`,
    CONSENTRY_HTTPS_PORT: `127.0.0.1:${String(ports.https)}`,
    CONSENTRY_PUBLIC_AUTHORITY: `localhost:${String(ports.https)}`,
    CONSENTRY_TLS_CERTIFICATE: path.join(folder, 'certificate.pem'),
    CONSENTRY_TLS_KEY: path.join(folder, 'key.pem'),
    // A documentation address, because no balancer is in front of this nginx.
    CONSENTRY_BALANCER: '192.0.2.1/32',
  };
  const template = fs
    .readFileSync(TEMPLATE, 'utf8')
    // A header with the address of the node that responded.
    .replace(
      'proxy_cache off;',
      'proxy_cache off; add_header X-Answered-By $upstream_addr always;',
    );
  return template.replaceAll(/\$\{(\w+)\}/g, (text, name: string) => values[name] ?? text);
}

/**
 * The main configuration around the site in `site.conf`, as in a distribution, with one worker, so that nodes take strict turns.
 * @param settings lines for all sites.
 */
export function frameNginx(folder: string, settings: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${path.join(folder, kind)};`)
    .join('\n  ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off;
${user}
worker_processes 1;
pid ${path.join(folder, 'nginx.pid')};
events {}
http {
  ${temporary}
  ${settings}
  include ${path.join(folder, 'site.conf')};
}
`;
}
