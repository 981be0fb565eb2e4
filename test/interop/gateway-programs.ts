import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startTethered } from '../../src/dev/tethered-process.ts';
import { listens } from '../support/http/listens.ts';
import { frameNginx } from './topology/nginx.ts';
import { findNginx, nginxEnvironment } from './topology/nginx-package.ts';
import { debianProgram } from './toolchains.ts';

/** The variables of the files in `deploy/gateways`. */
export interface GatewayVariables {
  readonly SITE_LISTEN: string;
  readonly SITE_HOST: string;
  readonly SITE_URL: string;
  readonly CONSENTRY_URL: string;
  readonly GATEWAY_CREDENTIALS: string;
}

export interface GatewayInput {
  /** An empty folder for this process. */
  readonly folder: string;
  readonly port: number;
  readonly variables: Omit<GatewayVariables, 'SITE_LISTEN' | 'SITE_HOST'>;
}

type RunningGateway = ReturnType<typeof startTethered>;
type StartGateway = (input: GatewayInput) => Promise<RunningGateway>;

function findCaddy() {
  return debianProgram({
    name: 'caddy',
    packages: ['caddy'],
    file: 'usr/bin/caddy',
    versionFlag: 'version',
  });
}

/** Fetches the program of a gateway, once. It occupies this process, so call it before a server of this process starts. */
export const FETCH_PROGRAM: Readonly<Record<'nginx' | 'Caddy', () => void>> = {
  nginx: findNginx,
  Caddy: findCaddy,
};

/** Starts real gateways with the files of `deploy/gateways`. */
export const GATEWAYS: Readonly<Record<'nginx' | 'Caddy', StartGateway>> = {
  nginx: async ({ folder, port, variables }) => {
    const program = findNginx();
    const values: GatewayVariables = {
      ...variables,
      SITE_LISTEN: `127.0.0.1:${String(port)}`,
      SITE_HOST: '127.0.0.1',
    };
    const site = readDeployed('nginx.conf.template').replaceAll(
      /\$\{(\w+)\}/g,
      (text, name: string) => values[name as keyof GatewayVariables] ?? text,
    );
    fs.writeFileSync(path.join(folder, 'site.conf'), site);
    fs.writeFileSync(path.join(folder, 'nginx.conf'), frameNginx(folder, 'access_log off;'));
    return started(port, {
      command: program.command,
      args: ['-p', folder, '-c', path.join(folder, 'nginx.conf'), '-e', 'stderr'],
      env: nginxEnvironment(program),
      cwd: folder,
    });
  },
  Caddy: async ({ folder, port, variables }) => {
    const program = findCaddy();
    const file = path.join(folder, 'Caddyfile');
    const options = '{\n\tadmin off\n\tauto_https off\n}\n\n';
    const text = readDeployed('Caddyfile');
    fs.writeFileSync(file, `${options}${text.slice(text.indexOf('{$SITE_LISTEN}'))}`);
    const env = { ...variables, SITE_LISTEN: `http://127.0.0.1:${String(port)}` };
    return started(port, {
      command: program.command,
      args: ['run', '--config', file, '--adapter', 'caddyfile'],
      env: { ...env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      cwd: folder,
    });
  },
};

type Program = Omit<Parameters<typeof startTethered>[0], 'stopSignal'>;

async function started(port: number, program: Program): Promise<RunningGateway> {
  const running = startTethered({ ...program, stopSignal: 'TERM' });
  if (await listens(port)) return running;
  await running.stop();
  throw new Error(`${program.command} did not start`);
}

function readDeployed(name: string): string {
  return fs.readFileSync(
    fileURLToPath(new URL(`../../deploy/gateways/${name}`, import.meta.url)),
    'utf8',
  );
}
