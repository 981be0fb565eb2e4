import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { TEST_ENVIRONMENT } from '../support/config.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from '../support/servers/database.ts';
import { findFreePort } from '../../src/dev/free-port.ts';
import { runCommand } from './run-command.ts';
import { childEnvironment } from '../support/servers/child-environment.ts';

const CLI = fileURLToPath(new URL('../../src/cli/consentry.js', import.meta.url));

const PRODUCTION = {
  ...TEST_ENVIRONMENT,
  NODE_ENV: 'production',
  RATE_LIMITS: 'true',
  ISSUER: 'https://id.example',
  KEY_STORE_URL: 'postgres://127.0.0.1:9/keys',
  SMTP_URL: 'smtp://127.0.0.1:25',
  MAIL_FROM: 'id@example.com',
};

describe('The consentry command', function () {
  this.timeout(120_000);
  let database: TestDatabase | undefined;

  afterEach(async () => {
    await database?.drop();
    database = undefined;
  });

  it('lists its commands', async () => {
    const { code, output } = await runCommand([]);
    expect(code).to.equal(0);
    for (const name of ['start', 'migrate', 'seed', 'doctor', 'help'])
      expect(output).to.match(new RegExp(`^  ${name} `, 'm'));
  });

  it('prints the help of one command', async () => {
    const help = await runCommand(['help', 'start']);
    expect(help.output).to.include('--reset').and.to.include('--no-demo').and.to.include('--port');
    expect((await runCommand(['start', '--help'])).output).to.equal(help.output);
  });

  it('suggests a similar command for an unknown one', async () => {
    const { code, errors } = await runCommand(['migrat']);
    expect(code).to.equal(2);
    expect(errors).to.include('Did you mean migrate?');
  });

  it('ends normally when its output is closed early, and reports output that cannot be written', async () => {
    const shell = (line: string) =>
      spawnSync('bash', ['--norc', '-c', `set -o pipefail; "$NODE" "$ENTRY" ${line}`], {
        encoding: 'utf8',
        env: childEnvironment({ NODE: process.execPath, ENTRY: CLI }),
      });
    const cut = shell('openapi | head -1');
    expect([cut.status, cut.stdout, cut.stderr]).to.deep.equal([0, '{\n', '']);
    for (const line of ['openapi', 'help']) {
      const full = shell(`${line} > /dev/full`);
      expect(full.status).to.equal(1);
      expect(full.stderr).to.equal('Cannot write the output: no space left on the device.\n');
    }
    const folder = await runCommand(['openapi', '--out', os.tmpdir()]);
    expect(folder.code).to.equal(1);
    expect(folder.errors).to.equal(`Cannot write ${os.tmpdir()}: it is a folder.\n`);
  });

  it('prints the address chosen for port 0 and serves there', async () => {
    database = await createTestDatabase();
    const child = spawn(process.execPath, [CLI, 'start', '--no-demo', '--port', '0'], {
      env: childEnvironment({
        ...TEST_ENVIRONMENT,
        NODE_ENV: 'development',
        DATABASE_URL: database.url,
      }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let issuer: string | undefined;
      for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
        [, issuer] = /Consentry is ready: (\S+)/.exec(text) ?? [];
        if (issuer !== undefined) break;
      }
      expect(issuer).to.match(/^http:\/\/localhost:[1-9]\d+$/);
      const discovery = await fetch(`${issuer ?? ''}/.well-known/openid-configuration`);
      expect(await discovery.json()).to.include({ issuer });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('prints every configuration problem and does not start', async () => {
    const { code, errors } = await runCommand(['start'], {
      PORT: 'x',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
    });
    expect(code).to.equal(1);
    expect(errors.trim().split('\n')).to.have.length(3);
  });

  it('refuses to start in production without secrets', async () => {
    const { code, errors, output } = await runCommand(['start'], { NODE_ENV: 'production' });
    expect(code).to.equal(1);
    expect(errors).to.include('MASTER_KEYS is required in production');
    expect(output).to.equal('');
  });

  it('refuses to start in production on an outdated schema', async () => {
    database = await createEmptyDatabase();
    const { code, errors } = await runCommand(['start'], {
      ...PRODUCTION,
      DATABASE_URL: database.url,
    });
    expect(code).to.equal(1);
    expect(errors.trim().split('\n')).to.have.length(1);
    expect(errors).to.include('Run "consentry migrate" first');
  });

  it('retries an unreachable database, logs it, and gives up with one line', async () => {
    const url = `postgres://nobody:secret-word@127.0.0.1:${String(await findFreePort())}/none`;
    const { code, output, errors } = await runCommand(['start'], {
      ...TEST_ENVIRONMENT,
      DATABASE_URL: url,
      DATABASE_WAIT_SECONDS: '1',
    });
    expect(code).to.equal(1);
    expect(output).to.include('trying again');
    expect(errors.trim().split('\n')).to.have.length(1);
    expect(output + errors).not.to.include('secret-word');
  });

  it('reports a missing database without a retry', async () => {
    database = await createEmptyDatabase();
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    const { code, errors } = await runCommand(['start'], {
      ...TEST_ENVIRONMENT,
      DATABASE_URL: url.href,
    });
    expect(code).to.equal(1);
    expect(errors).to.include('has no such database');
  });

  it('reports a port in use in one line', async () => {
    database = await createTestDatabase();
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    try {
      const settings = { ...TEST_ENVIRONMENT, DATABASE_URL: database.url, PORT: String(port) };
      const { code, errors } = await runCommand(['start', '--no-demo'], settings);
      expect(code).to.equal(1);
      expect(errors.trim()).to.equal(
        `Port ${String(port)} is used by another program. Stop it, or choose another port with PORT or --port.`,
      );
    } finally {
      other.close();
    }
  });

  it('never resets an external database', async () => {
    database = await createTestDatabase();
    const { code, errors } = await runCommand(['start', '--reset'], {
      ...TEST_ENVIRONMENT,
      DATABASE_URL: database.url,
    });
    expect(code).to.equal(1);
    expect(errors).to.include('nothing was done');
  });

  it('migrates, reports it, and does nothing the second time', async () => {
    database = await createEmptyDatabase();
    const settings = { ...TEST_ENVIRONMENT, DATABASE_URL: database.url };
    expect((await runCommand(['migrate', '--status'], settings)).code).to.equal(3);
    expect((await runCommand(['migrate'], settings)).output).to.include('Applied');
    expect((await runCommand(['migrate'], settings)).output).to.include('Nothing to do');
    expect((await runCommand(['migrate', '--status'], settings)).code).to.equal(0);
  });

  it('undoes migrations only with --yes, and never in production', async () => {
    database = await createTestDatabase();
    const unconfirmed = await runCommand(['migrate', '--down'], {
      ...TEST_ENVIRONMENT,
      DATABASE_URL: database.url,
    });
    expect(unconfirmed.code).to.equal(1);
    const production = await runCommand(['migrate', '--down', '--yes'], {
      ...PRODUCTION,
      DATABASE_URL: database.url,
    });
    expect(production.errors).to.include('refused in production');
  });

  it('never seeds demo data in production', async () => {
    database = await createTestDatabase();
    const { code, errors } = await runCommand(['seed'], {
      ...PRODUCTION,
      DATABASE_URL: database.url,
    });
    expect(code).to.equal(1);
    expect(errors).to.include('refused in production');
  });

  it('reports unreachable services of the settings without printing secrets', async () => {
    database = await createTestDatabase();
    const settings = { ...TEST_ENVIRONMENT, DATABASE_URL: database.url };
    const healthy = await runCommand(['doctor'], { ...settings, PROVED_CONTROL_WINS: 'false' });
    expect(healthy.code).to.equal(0);
    expect(healthy.output).to.match(/^note +settings +PROVED_CONTROL_WINS is the former name of/m);
    const port = String(await findFreePort());
    const ill = await runCommand(['doctor'], {
      ...settings,
      SMTP_URL: `smtp://u:secret-word@127.0.0.1:${port}`,
      REDIS_URL: `redis://:secret-word@127.0.0.1:${port}`,
    });
    expect(ill.code).to.equal(1);
    expect(ill.output)
      .to.match(/^wrong +mail/m)
      .and.to.match(/^wrong +redis/m)
      .and.not.to.include('secret-word');
  });
});
