// Reports packages that are missing in the lockfile. If a registry lacks the part of a package for one platform, npm
// writes a lock without it, and `npm ci` then fails on that platform.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const LOCKFILE = fileURLToPath(new URL('../package-lock.json', import.meta.url));

function main(): void {
  const { packages } = JSON.parse(fs.readFileSync(LOCKFILE, 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const missing = Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(packages, owner, name))
      .map((name) => `${owner === '' ? 'package.json' : owner} needs ${name}`),
  );
  for (const line of missing) process.stderr.write(`Not in package-lock.json: ${line}\n`);
  if (missing.length > 0) process.exitCode = 1;
}

/** Searches as Node does: in the folder of the owner, then in every folder above. */
function isLocked(packages: object, owner: string, name: string): boolean {
  let folder = owner;
  for (;;) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (Object.hasOwn(packages, place)) return true;
    if (folder === '') return false;
    const cut = folder.lastIndexOf('/node_modules/');
    folder = cut === -1 ? '' : folder.slice(0, cut);
  }
}

main();
