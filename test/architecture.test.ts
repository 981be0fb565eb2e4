import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = path.join(PROJECT, '.dependency-cruiser.cjs');
const CRUISER = path.join(PROJECT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

const { forbidden: RULES } = createRequire(import.meta.url)(CONFIG) as {
  forbidden: readonly { readonly name: string; readonly comment?: string }[];
};
const RULE_NAMES = RULES.map(({ name }) => name);
const SLICE_RULE = '-knows-only-faces-to-its-left';
const SLICES = RULE_NAMES.filter((name) => name.endsWith(SLICE_RULE)).map((name) =>
  name.slice(0, -SLICE_RULE.length),
);
const PACKAGE_RULE = '-is-imported-in-one-place';

/** An import that breaks a rule: the importing file and the file or package that it imports. */
type Breach = readonly [from: string, to: string];

/** One import per rule that the rule has to catch. */
const BREACHES: Readonly<Record<string, Breach>> = {
  ...Object.fromEntries(
    SLICES.map((slice): [string, Breach] => [
      `${slice}${SLICE_RULE}`,
      // The last slice has no slice to its right, so it imports an inner file of another slice.
      slice === SLICES.at(-1)
        ? [`src/${slice}/planted.ts`, 'src/audit/audit-kind.ts']
        : [`src/${slice}/planted.ts`, `src/${SLICES.at(-1) ?? ''}/index.ts`],
    ]),
  ),
  ...Object.fromEntries(
    RULE_NAMES.filter((name) => name.endsWith(PACKAGE_RULE)).map((name): [string, Breach] => [
      name,
      ['src/audit/packages.ts', name.slice(0, -PACKAGE_RULE.length)],
    ]),
  ),
  'platform-imports-only-folders-below': ['src/platform/planted.ts', 'src/messaging/message.ts'],
  'messaging-imports-only-folders-below': ['src/messaging/planted.ts', 'src/http/page.ts'],
  'http-imports-only-folders-below': ['src/http/planted.ts', 'src/audit/index.ts'],
  'config-imports-only-folders-below': ['src/config/planted.ts', 'src/http/page.ts'],
  'dev-imports-only-folders-below': ['src/dev/planted.ts', 'src/audit/index.ts'],
  'slices-know-nothing-above': ['src/audit/configured.ts', 'src/config/config.ts'],
  'server-knows-no-commands': ['src/server/planted.ts', 'src/dev/free-port.ts'],
  'server-and-commands-import-only-faces': [
    'src/server/behind-a-face.ts',
    'src/audit/audit-kind.ts',
  ],
  'commands-know-no-tests': ['src/cli/planted.ts', 'test/world.ts'],
  'no-cycles': ['src/tokens/egg.ts', 'src/tokens/hen.ts'],
  'rules-know-no-http': ['src/consents/decide-planted.ts', 'src/http/page.ts'],
  'domain-faces-load-no-koa': ['src/oidc/index.ts', 'src/oidc/protocol-routes.ts'],
  'consents-know-no-page': ['src/consents/decide-planted.ts', 'src/consents/page/planted.ts'],
  'stores-know-no-use-cases': ['src/consents/planted-store.ts', 'src/consents/index.ts'],
  'stores-know-no-other-slice': ['src/consents/nosy-store.ts', 'src/audit/index.ts'],
  'pages-and-apis-know-no-stores': ['src/consents/planted-routes.ts', 'src/consents/any-store.ts'],
  'protocol-knows-no-stores-of-others': ['src/oidc/planted.ts', 'src/tokens/any-store.ts'],
  'only-the-vault-reads-stored-values': ['src/claims/planted.ts', 'src/vault/attribute-store.ts'],
  'no-development-packages': ['src/platform/testing.ts', 'chai'],
  'not-to-unresolvable': ['src/platform/missing.ts', 'src/platform/does-not-exist.ts'],
};

/** Further files that the planted imports need. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  'tsconfig.json':
    '{ "compilerOptions": { "module": "nodenext", "allowImportingTsExtensions": true } }',
  'package.json': fs.readFileSync(path.join(PROJECT, 'package.json'), 'utf8'),
  // A type import, because a cycle of types counts as a cycle.
  'src/tokens/hen.ts': "import type { Egg } from './egg.ts';\nexport type Hen = Egg | null;\n",
  'src/oidc/protocol-routes.ts':
    "import { page } from '../http/page.ts';\nexport const routes = page;\n",
};

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

/** Writes a small project that breaks every rule once. @returns its folder */
function plantBreaches(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-import-rules-'));
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.appendFileSync(path.join(folder, file), text);
  };
  fs.symlinkSync(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  for (const [file, text] of Object.entries(SURROUNDINGS)) write(file, text);
  for (const [from, to] of Object.values(BREACHES)) {
    const isFile = to.includes('.ts');
    const specifier = path.posix.relative(path.posix.dirname(from), to);
    write(from, `import '${isFile ? specifier.replace(/^(?!\.)/, './') : to}';\n`);
  }
  for (const [, to] of Object.values(BREACHES)) {
    const isMissing = to.endsWith('.ts') && !to.includes('does-not-exist');
    if (isMissing && !fs.existsSync(path.join(folder, to))) write(to, 'export const x = 1;\n');
  }
  return folder;
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
    // A cruiser that cannot read TypeScript reads few files and reports no violation.
    const seen = modules.filter(({ source }) => source.startsWith('src/'));
    expect(seen.length).to.be.at.least(sourceFiles('src').length / 2);
  });

  it('each catch a planted import', () => {
    expect(Object.keys(BREACHES)).to.have.members(RULE_NAMES);
    const folder = plantBreaches();
    try {
      const { summary } = cruise(folder, ['src']);
      const caught = summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
      const planted = Object.entries(BREACHES).map(([name, [from]]) => `${name}: ${from}`);
      expect(caught).to.include.members(planted);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('cover every folder of the source', () => {
    const folders = fs
      .readdirSync(path.join(PROJECT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const otherFolders = ['platform', 'messaging', 'http', 'config', 'server', 'dev', 'cli'];
    expect(folders).to.have.members([...SLICES, ...otherFolders]);
  });

  it('permit the import of every npm package in one place only', () => {
    const { dependencies } = JSON.parse(
      fs.readFileSync(path.join(PROJECT, 'package.json'), 'utf8'),
    ) as { dependencies: Readonly<Record<string, string>> };
    // Every schema of an operation or a setting is written with typebox.
    const expected = Object.keys(dependencies).filter((name) => name !== 'typebox');
    expect(RULE_NAMES).to.include.members(expected.map((name) => `${name}${PACKAGE_RULE}`));
  });
});

describe('the folders of the source', () => {
  it('contain at most 30 files each', () => {
    const files = sourceFiles('src');
    expect(files.length).to.be.at.least(500);
    const sizes = new Map<string, number>();
    for (const file of files) {
      const folder = path.posix.dirname(file);
      sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
    }
    expect([...sizes].filter(([, size]) => size > 30)).to.deep.equal([]);
  });
});

describe('the environment', () => {
  it('is read by config.ts only', () => {
    const readers = sourceFiles('src').filter((file) =>
      fs.readFileSync(path.join(PROJECT, file), 'utf8').includes('process.env'),
    );
    // PATH and the variables that a child process inherits are not settings of the server.
    const excused = [
      'src/config/config.ts',
      'src/dev/demo-app.ts',
      'src/cli/modern-node.js',
      'src/dev/embedded-postgres-binaries.ts',
    ];
    expect(readers).to.have.members(excused);
  });
});
