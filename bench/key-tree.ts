/**
 * `node bench/key-tree.ts`: the cost of the tree of account keys at a release and a purge in an installation of 1 M accounts: CPU of this
 * process, nodes that are left, and memory. Without a database: a purge adds one transaction with as many rows as nodes.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

import { createKeyCover, puncture, type KeyCover } from '../src/platform/keys/key-tree.ts';

const { values } = parseArgs({ options: { accounts: { type: 'string', default: '1000000' } } });
const accounts = Number(values.accounts);

function newTree(): KeyCover {
  const cover = createKeyCover();
  cover.add({ depth: 0, position: 0, key: randomBytes(32) });
  return cover;
}

function anyLeaf(): number {
  return Math.floor(Math.random() * accounts);
}

function report(name: string, times: number, work: () => void): void {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time += 1) work();
  const { user, system } = process.cpuUsage(before);
  console.log(`${name.padEnd(52)} ${((user + system) / times).toFixed(1)} µs`);
}

const cover = newTree();
report('a key that was used lately', 100_000, () => cover.keyOf(7));
let next = 100;
report('the next key (an import, a neighbour)', 5_000, () => cover.keyOf((next += 1)));
report('any other key', 5_000, () => cover.keyOf(anyLeaf()));

for (const purged of [100, 1_000, 10_000]) {
  const tree = newTree();
  for (let done = 0; done < purged; done += 100) {
    const { removed, added } = puncture(
      tree,
      Array.from({ length: 100 }, () => anyLeaf()),
    );
    for (const place of removed) tree.remove(place);
    for (const node of added) tree.add(node);
  }
  console.log(`${String(purged)} purged of ${String(accounts)}: ${String(tree.size)} nodes left`);
  report(`  one purge more`, 200, () => {
    const { removed, added } = puncture(tree, [anyLeaf()]);
    for (const place of removed) tree.remove(place);
    for (const node of added) tree.add(node);
  });
}
console.log(`heap ${String(Math.round(process.memoryUsage().heapUsed / 2 ** 20))} MB`);
