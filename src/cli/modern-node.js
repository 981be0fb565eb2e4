// Plain JavaScript that old versions of Node can read: it runs before the version of Node is checked.
import { spawn, spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST = [22, 18];
const ON_DEMAND = '26.10.0';
const ON_DEMAND_PLATFORMS = new Set([
  'linux-x64',
  'linux-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win-x64',
  'win-arm64',
]);

/**
 * Runs a script with this Node or, where it is too old to run TypeScript, with the current LTS taken from npm.
 * Signals, standard streams and the exit code pass through.
 * @param {string} script absolute path
 * @param {readonly string[]} args
 */
export async function runWithModernNode(script, args) {
  if (isModern(process.versions.node)) {
    process.argv = [process.argv[0], script, ...args];
    await import(pathToFileURL(script).href);
    return;
  }
  const node = fetchNode();
  passThrough(spawn(node, [script, ...args], { stdio: 'inherit' }));
}

/** @param {string} version for example "22.18.0" */
export function isModern(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function fetchNode() {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  if (!ON_DEMAND_PLATFORMS.has(platform)) return giveUp(`npm has no Node for ${platform}`);
  process.stderr.write(
    `Node ${process.versions.node} is too old for Consentry; using Node ${ON_DEMAND} from npm.\n`,
  );
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const found = spawnSync(
    npm,
    [
      'exec',
      '--yes',
      `--package=node-${platform}@${ON_DEMAND}`,
      '--',
      'node',
      '--print',
      'process.execPath',
    ],
    {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      shell: process.platform === 'win32',
      // Otherwise the log level of an outer `npm test` would be used.
      env: { ...process.env, npm_config_loglevel: 'error' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const path = found.status === 0 ? found.stdout.trim().split('\n').at(-1) : undefined;
  if (!path || path === process.execPath) {
    return giveUp(`npm could not fetch it (${firstLine(found.error?.message ?? found.stderr)})`);
  }
  return path;
}

function giveUp(reason) {
  process.stderr.write(
    `Consentry needs Node ${OLDEST.join('.')} or later; this is ${process.versions.node}, and ${reason}.\n` +
      'Install the current LTS from https://nodejs.org/ and try again.\n',
  );
  process.exit(1);
}

/** The first line of npm contains the code of the error; the other lines are advice. */
function firstLine(text) {
  return (
    String(text ?? '')
      .trim()
      .split('\n')[0]
      ?.trim() || 'no reason given'
  );
}

function passThrough(child) {
  // A terminal sends Ctrl-C to the whole group, so the child has it already; a single kill reaches only us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => giveUp(`it could not be started (${error.message})`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
