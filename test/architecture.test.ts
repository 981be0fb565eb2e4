import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = path.join(PROJECT, '.dependency-cruiser.cjs');
const CRUISER = path.join(PROJECT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Report {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

function cruise(folder: string, targets: readonly string[]): Report {
  const args = [CRUISER, '--config', CONFIG, '--output-type', 'json', ...targets];
  const run = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.stdout === '') throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Report;
}

function sourceFiles(folder: string): readonly string[] {
  return fs
    .readdirSync(path.join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name))
    .map((name) => path.posix.join(folder, name.replaceAll('\\', '/')));
}

describe('import rules', function () {
  this.timeout(60_000);

  it('hold in the whole source', () => {
    const { modules, summary } = cruise(PROJECT, ['src', 'seeds']);
    const broken = summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`);
    expect(broken).to.deep.equal([]);
    // A cruiser that cannot read TypeScript sees next to nothing and finds nothing wrong.
    const seen = modules.filter(({ source }) => source.startsWith('src/'));
    expect(seen.length).to.be.at.least(sourceFiles('src').length / 2);
  });

  it('catch wrong imports', () => {
    const { summary } = cruise(path.join(PROJECT, 'test/fixtures/import-rules'), ['src']);
    const caught = new Set(summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`));
    expect([...caught]).to.include.members([
      'consents-knows-only-faces-to-its-left: src/consents/index.ts',
      'rules-know-no-http: src/consents/decide-consent.ts',
      'stores-know-no-other-slice: src/consents/consent-store.ts',
      'one-door-for-personal-values: src/consents/consent-store.ts',
      'pages-and-apis-know-no-stores: src/consents/consent-routes.ts',
      'platform-knows-no-product: src/platform/clock.ts',
    ]);
  });

  it('know every slice that exists', () => {
    const { forbidden } = JSON.parse(
      spawnSync(
        process.execPath,
        ['--print', `JSON.stringify(require(${JSON.stringify(CONFIG)}))`],
        { encoding: 'utf8' },
      ).stdout,
    ) as { forbidden: readonly { name: string }[] };
    const suffix = '-knows-only-faces-to-its-left';
    const slices = new Set(
      forbidden
        .filter(({ name }) => name.endsWith(suffix))
        .map(({ name }) => name.slice(0, -suffix.length)),
    );
    const folders = fs
      .readdirSync(path.join(PROJECT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory());
    const unknown = folders
      .map(({ name }) => name)
      .filter((name) => !slices.has(name) && !['platform', 'http', 'cli'].includes(name));
    expect(unknown).to.deep.equal([]);
  });
});

describe('the environment', () => {
  it('is read by config.ts only', () => {
    const readers = sourceFiles('src').filter((file) =>
      fs.readFileSync(path.join(PROJECT, file), 'utf8').includes('process.env'),
    );
    // Where programs are (PATH) and which settings a child process inherits are not settings of the server.
    // Code samples show developers how their own app reads its secret.
    const excused = new Set([
      'src/clients/console/code-samples.ts',
      'src/config/config.ts',
      'src/dev/demo-app.ts',
      'src/cli/modern-node.js',
      'src/dev/embedded-postgres-binaries.ts',
      'src/dev/embedded-postgres-data.ts',
    ]);
    expect(readers.filter((file) => !excused.has(file))).to.deep.equal([]);
  });
});
