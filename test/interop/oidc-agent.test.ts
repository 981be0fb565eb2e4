import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { waitFor } from '../support/wait-for.ts';
import type { UnpackedProgram } from '../support/servers/unpacked-program.ts';
import type { AppProcess } from './app-process.ts';
import { type InteropScene, OFFLINE, openScene } from './scene.ts';
import { debianProgram } from './toolchains.ts';

const PATIENCE_MS = 20_000;

describe('oidc-agent on the command line', function () {
  this.timeout(60_000);
  let scene: InteropScene;
  let gen: UnpackedProgram;
  let folder: string;
  let environment: Record<string, string>;
  let agent: ChildProcess | undefined;

  before(async function () {
    this.timeout(600_000);
    gen = debianProgram({
      name: 'oidc-agent',
      packages: ['oidc-agent-cli'],
      file: 'usr/bin/oidc-gen',
    });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-agent-'));
    fs.writeFileSync(path.join(folder, 'password'), 'encrypts the file of the account\n');
    const socket = path.join(folder, 'socket');
    environment = {
      PATH: `${path.dirname(gen.command)}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      OIDC_SOCK: socket,
      LD_LIBRARY_PATH: gen.libraries,
    };
    scene = await openScene();
    agent = spawn('oidc-agent', ['--console', '--socket-path', socket], {
      env: environment,
      stdio: 'ignore',
      detached: true,
    });
    await waitFor('the socket of the agent', () => fs.existsSync(socket), PATIENCE_MS);
  });
  after(async () => {
    await scene?.close();
    if (agent?.pid !== undefined) {
      const exited = once(agent, 'exit');
      // Also ends its helper processes, which would otherwise run some seconds longer.
      process.kill(-agent.pid, 'SIGTERM');
      await exited;
    }
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  /** A public client; the agent receives its redirect and stores its tokens under `account`. */
  const open = (account: string): Promise<AppProcess> =>
    scene.open({
      library: 'oidc-agent',
      registration: { applicationType: 'native', ...OFFLINE },
      program: (app) => ({
        command: 'oidc-gen',
        args: [
          '--manual',
          `--issuer=${app.issuer}`,
          `--client-id=${app.clientId}`,
          '--client-secret=',
          `--redirect-uri=${app.url}/callback`,
          `--scope=${OFFLINE.scopes.join(' ')}`,
          // Answers to prompts that a person would type.
          '--flow=code',
          '--prompt=none',
          '--confirm-default',
          '--no-url-call',
          '--no-scheme',
          `--pw-file=${path.join(folder, 'password')}`,
          account,
        ],
        env: environment,
      }),
    });

  /** The address that the program prints for its user. */
  const addressIn = (output: string): string => /^https?:\S+\/auth\?\S+$/mu.exec(output)?.[0] ?? '';

  async function connect(account: string, shared: readonly string[]): Promise<void> {
    const app = await open(account);
    await waitFor('the address', () => addressIn(app.output()) !== '', PATIENCE_MS);
    const visitor = await scene.connect(app, shared, addressIn(app.output()));
    expect(visitor.page.text).to.match(/^Success/u);
    await waitFor('the tokens', () => app.output().includes('setup correctly'), PATIENCE_MS);
  }

  /** Makes the agent refresh. @returns a new access token. */
  async function renew(account: string): Promise<string> {
    const { stdout } = await promisify(execFile)('oidc-token', ['--force-new', account], {
      env: environment,
      timeout: PATIENCE_MS,
    });
    return stdout.trim();
  }

  async function userOf(token: string): Promise<unknown> {
    const answer = await fetch(`${scene.server.url}/userinfo`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).to.equal(200);
    return answer.json();
  }

  it('gets and refreshes tokens as a public client', async () => {
    await connect('shares', ['email', 'name']);
    const tokens = [await renew('shares'), await renew('shares')];
    expect(new Set(tokens).size).to.equal(2);
    expect(await userOf(tokens[1] ?? '')).to.include({
      sub: scene.ana.accountId,
      email: scene.ana.email,
      name: 'Ana Example',
    });
  });

  it('gets tokens when the person refuses the e-mail', async () => {
    await connect('refuses', ['name']);
    const user = await userOf(await renew('refuses'));
    expect(user).to.include({ sub: scene.ana.accountId, name: 'Ana Example' });
    expect(user).not.to.have.any.keys('email', 'email_verified');
  });
});
