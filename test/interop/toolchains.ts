import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import {
  unpackProgram,
  type UnpackedProgram,
  type WantedProgram,
} from '../support/servers/unpacked-program.ts';

const CACHE = fileURLToPath(new URL('../../.cache/interop', import.meta.url));
const APPS = fileURLToPath(new URL('apps', import.meta.url));
const GO = 'golang-go (1.26 or later)';
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** The path of a file below `apps/`. */
export function appFile(name: string): string {
  return path.join(APPS, name);
}

/**
 * The folder with these Python packages, fetched from PyPI at the first run; the value for PYTHONPATH. `requirements` is a file below
 * `apps/` that pins every package.
 * @throws Error with one line when Python is missing or a package cannot be fetched.
 */
export function pythonPackages(requirements: string): string {
  requireTool('python3', ['-m', 'pip', '--version'], 'python3 (3.10 or later) and python3-pip');
  const file = appFile(requirements);
  // Compiled packages are bound to one version of Python.
  const version = spawnSync('python3', ['--version'], { encoding: 'utf8' }).stdout;
  return once('python', [fs.readFileSync(file, 'utf8'), version], (draft) => {
    const flags = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'];
    run('python3', ['-m', 'pip', 'install', ...flags, '--target', draft, '-r', file]);
  });
}

/**
 * The file `apps/npm/<name>.js` in a folder where these npm packages are installed, fetched at the first run. No install script runs.
 * Their dependencies are the newest versions on `day` (YYYY-MM-DD), so that each run installs the same.
 * @throws Error with one line when a package cannot be fetched.
 */
export function npmApp(name: string, packages: readonly string[], day: string): string {
  const source = appFile(`npm/${name}.js`);
  const folder = once('npm', [fs.readFileSync(source, 'utf8'), ...packages, day], (draft) => {
    fs.writeFileSync(path.join(draft, 'package.json'), '{ "type": "module" }');
    fs.copyFileSync(source, path.join(draft, 'app.js'));
    // Libraries list several frameworks as peers; the apps use one of them.
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
    run('npm', ['install', '--prefix', draft, ...flags, '--before', day, ...packages]);
  });
  return path.join(folder, 'app.js');
}

/**
 * A folder in which the installation commands of a sample ran, once for these commands, while the server of the test continues. npm installs
 * the newest versions on `day`, pip the versions that `python-requirements.txt` pins; no installation script runs.
 * @throws Error with the output of a command that fails.
 */
export async function installedSample(commands: string, day: string): Promise<string> {
  const pins = appFile('python-requirements.txt');
  const folder = folderFor('sample', [commands, day, fs.readFileSync(pins, 'utf8')]);
  if (fs.existsSync(folder)) return folder;
  const draft = openDraft(folder);
  try {
    // Without it npm installs into the project around the folder.
    fs.writeFileSync(path.join(draft, 'package.json'), '{ "private": true }');
    await promisify(execFile)('bash', ['-ec', commands], {
      cwd: draft,
      maxBuffer: OUTPUT_BYTES,
      env: {
        ...process.env,
        npm_config_before: day,
        npm_config_ignore_scripts: 'true',
        PIP_TARGET: draft,
        PIP_CONSTRAINT: pins,
        PIP_ONLY_BINARY: ':all:',
        GOFLAGS: '-mod=mod',
      },
    });
    return keepDraft(draft, folder);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** The folder in which Maven keeps what it fetched for the tests. */
export const MAVEN_REPOSITORY = path.join(CACHE, 'maven-repository');

/**
 * A program of a Go module such as `example.org/module/program@v1.2.3`, built at the first run.
 * @throws Error with one line when Go is missing or the program cannot be built.
 */
export function goProgram(module: string): string {
  requireTool('go', ['version'], GO);
  const folder = once('go', [module], (draft) => {
    run('go', ['install', module], { GOBIN: draft });
  });
  const [program = ''] = fs.readdirSync(folder);
  return path.join(folder, program);
}

/**
 * The folder with the programs of the Go module `apps/<name>`, built at the first run and after each change of its files.
 * @throws Error with one line when Go is missing or a program cannot be built.
 */
export function goPrograms(name: string): string {
  requireTool('go', ['version'], GO);
  const folder = appFile(name);
  return once('go', sourcesOf(folder), (draft) => {
    run('go', ['build', '-C', folder, '-o', `${draft}/`, './...']);
  });
}

/**
 * The jar of the Maven project `apps/<name>`, built at the first run and after each change of its files.
 * @throws Error with one line when a JDK or Maven is missing or the project cannot be built.
 */
export function mavenJar(name: string): string {
  requireTool('javac', ['-version'], 'default-jdk-headless (17 or later)');
  requireTool('mvn', ['--version'], 'maven');
  const project = appFile(name);
  const folder = once('maven', sourcesOf(project), (draft) => {
    fs.cpSync(project, draft, { recursive: true });
    const repository = `-Dmaven.repo.local=${MAVEN_REPOSITORY}`;
    run('mvn', ['--quiet', '--batch-mode', repository, '-f', draft, 'package']);
  });
  return path.join(folder, 'target/app.jar');
}

/** A program of Debian or Ubuntu, unpacked into `.cache/` at the first run. @throws Error with one line when it cannot be fetched. */
export function debianProgram(wanted: WantedProgram): UnpackedProgram {
  const program = unpackProgram(wanted);
  if (program !== null) return program;
  throw new Error(
    `The interop tests need ${wanted.packages.join(' and ')} of Debian or Ubuntu, fetched with apt-get.`,
  );
}

/** A folder below `.cache/interop` that `fill` fills once for these inputs. Incomplete folders are never used. */
function once(kind: string, inputs: readonly string[], fill: (draft: string) => void): string {
  const folder = folderFor(kind, inputs);
  if (fs.existsSync(folder)) return folder;
  const draft = openDraft(folder);
  try {
    fill(draft);
    return keepDraft(draft, folder);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function folderFor(kind: string, inputs: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  return path.join(CACHE, `${kind}-${digest}`);
}

function openDraft(folder: string): string {
  const kind = path.basename(folder).replace(/-.*/, '');
  process.stdout.write(`Fetching ${kind} packages for the tests (once, into .cache) ...\n`);
  const draft = `${folder}.draft-${String(process.pid)}`;
  fs.mkdirSync(draft, { recursive: true });
  return draft;
}

function keepDraft(draft: string, folder: string): string {
  if (!fs.existsSync(folder)) fs.renameSync(draft, folder);
  return folder;
}

function sourcesOf(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .toSorted();
}

function requireTool(command: string, args: readonly string[], wanted: string): void {
  if (spawnSync(command, args).status === 0) return;
  throw new Error(`The interop tests need ${command}: install ${wanted}.`);
}

function run(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES,
  });
  if (status === 0) return;
  const output = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-20).join('\n');
  throw new Error(`${command} ${args.join(' ')} failed: ${output}`, { cause: error });
}
