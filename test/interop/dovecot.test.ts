import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { type InteropApis, openApis } from './api-scene.ts';
import type { AppProcess, AppProgram, AppRegistration } from './app-process.ts';
import { debianProgram } from './toolchains.ts';

const isRoot = process.getuid?.() === 0;
/** Dovecot needs own users, or runs as the user that started it, which must not be root. */
const owner = isRoot
  ? { user: 'nobody', group: 'nogroup' }
  : {
      user: os.userInfo().username,
      group: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim(),
    };

describe('A mailbox of Dovecot', function () {
  this.timeout(60_000);
  let apis: InteropApis;
  let folder: string;
  let libraries: string;

  before(async function () {
    this.timeout(600_000);
    const proot = debianProgram({
      name: 'dovecot',
      packages: ['proot', 'dovecot-core', 'dovecot-imapd'],
      file: 'usr/bin/proot',
    });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-dovecot-'));
    fs.chmodSync(folder, 0o755);
    // That user may have no access to this project.
    const root = path.resolve(proot.command, '../../..');
    for (const part of ['usr/bin', 'usr/sbin', 'usr/lib']) {
      fs.cpSync(path.join(root, part), path.join(folder, part), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
    libraries = path.join(folder, path.relative(root, proot.libraries));
    apis = await openApis();
  });
  after(async () => {
    // proot forwards no signal, and ends with its program.
    const pidFile = path.join(folder ?? '', 'run/master.pid');
    if (fs.existsSync(pidFile)) process.kill(Number(fs.readFileSync(pidFile, 'utf8')), 'SIGTERM');
    await apis?.close();
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  const open = (): Promise<AppProcess> =>
    apis.scene.open({
      library: 'Dovecot',
      registration: { applicationType: 'machine', redirectUris: [] },
      program: startUnpacked,
    });

  /** Its programs expect each other below `/usr`, where nothing is installed. */
  function startUnpacked(app: AppRegistration): AppProgram {
    const bound = ['/usr/lib/dovecot', '/usr/bin/doveconf', '/usr/bin/doveadm'];
    const proot = path.join(folder, 'usr/bin/proot');
    const args = [
      ...bound.flatMap((name) => ['-b', `${path.join(folder, name)}:${name}`]),
      path.join(folder, 'usr/sbin/dovecot'),
      '-F',
      '-c',
      writeConfiguration(app),
    ];
    const env = { LD_LIBRARY_PATH: libraries };
    if (!isRoot) return { command: proot, args, env };
    const flags = [`--reuid=${owner.user}`, `--regid=${owner.group}`, '--clear-groups'];
    return { command: 'setpriv', args: [...flags, proot, ...args], env };
  }

  function writeConfiguration({ port, issuer, clientId, clientSecret }: AppRegistration): string {
    const { user, group } = owner;
    const mail = path.join(folder, 'mail');
    for (const name of ['run', 'state', 'mail']) {
      fs.mkdirSync(path.join(folder, name));
      if (isRoot) execFileSync('chown', [`${user}:${group}`, path.join(folder, name)]);
    }
    const { host } = new URL(issuer);
    const oauth2 = [
      `introspection_url = http://${clientId}:${clientSecret}@${host}/token/introspection`,
      `introspection_mode = post`,
      `username_attribute = sub`,
      `active_attribute = active`,
      `active_value = true`,
    ];
    fs.writeFileSync(path.join(folder, 'oauth2.conf.ext'), `${oauth2.join('\n')}\n`);
    const lines = [
      `protocols = imap`,
      `base_dir = ${folder}/run`,
      `state_dir = ${folder}/state`,
      `log_path = /dev/stderr`,
      `listen = 127.0.0.1`,
      `ssl = no`,
      `default_login_user = ${user}`,
      `default_internal_user = ${user}`,
      `default_internal_group = ${group}`,
      ...['anvil', 'stats'].flatMap((name) => [`service ${name} {`, `  chroot =`, `}`]),
      `service imap-login {`,
      `  chroot =`,
      `  inet_listener imap {`,
      `    port = ${String(port)}`,
      `  }`,
      `}`,
      `mail_location = maildir:${mail}/%u`,
      `userdb {`,
      `  driver = static`,
      `  args = uid=${user} gid=${group} home=${mail}/%u`,
      `}`,
      // The following lines are the example of its guide.
      `auth_mechanisms = oauthbearer xoauth2`,
      `passdb {`,
      `  driver = oauth2`,
      `  mechanisms = xoauth2 oauthbearer`,
      `  args = ${folder}/oauth2.conf.ext`,
      `}`,
    ];
    const file = path.join(folder, 'dovecot.conf');
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  /** Opens the inbox of `user` with the token. True when it is open, false when the sign-in is refused. */
  async function readMail(server: AppProcess, user: string, token: string): Promise<boolean> {
    const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    const answer = async (wanted: RegExp): Promise<string> => {
      for (;;) {
        const found = wanted.exec(received)?.[0];
        if (found !== undefined) return found;
        await once(socket, 'data', { signal: AbortSignal.timeout(20_000) });
      }
    };
    try {
      await answer(/^\* OK/mu);
      const response = Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`);
      socket.write(`a AUTHENTICATE XOAUTH2 ${response.toString('base64')}\r\n`);
      // A refusal is a challenge with the reason, which the client confirms.
      if ((await answer(/^(?:a OK|a NO|\+ )/mu)) !== 'a OK') return false;
      socket.write('b SELECT INBOX\r\n');
      expect(await answer(/^b .*/mu), server.output()).to.match(/^b OK/u);
      return true;
    } finally {
      socket.destroy();
    }
  }

  it('is open to the person of the token only, until the grant has ended', async () => {
    const server = await open();
    const { accountId } = apis.scene.ana;
    const tokens = [await apis.tokenFor('opaque'), await apis.tokenFor('jwt')];
    const [opaque = ''] = tokens;
    // The server may not introspect tokens of the APIs yet.
    expect(await readMail(server, accountId, opaque)).to.equal(false);
    await apis.permitIntrospection(server);
    for (const token of tokens) {
      expect(await readMail(server, accountId, token), server.output()).to.equal(true);
    }
    expect(await readMail(server, 'another', opaque)).to.equal(false);
    await apis.endGrants();
    for (const token of tokens) expect(await readMail(server, accountId, token)).to.equal(false);
  });
});
