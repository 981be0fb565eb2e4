import { readdirSync, readFileSync } from 'node:fs';

// Linux reports process times in hundredths of a second, whatever the kernel's own tick.
const msPerTick = 10;

/** CPU used so far by a process and everything below it, in milliseconds, user and system. */
export interface CpuReading {
  readonly totalMs: number;
  /** The part in libuv worker threads, where passwords are hashed and tokens signed. */
  readonly workerThreadsMs: number;
  /** Resident memory of the largest process, in MiB. */
  readonly largestRssMib: number;
}

/** Reads `/proc` for a whole process tree. Processes that ended count through their parent. */
export function readCpu(rootPid: number): CpuReading {
  const pids = treeOf(rootPid);
  let totalMs = 0;
  let workerThreadsMs = 0;
  let largestRssMib = 0;
  for (const pid of pids) {
    const stat = readStat(`/proc/${String(pid)}/stat`);
    if (stat === null) continue;
    totalMs += (stat.own + (pid === rootPid ? stat.endedChildren : 0)) * msPerTick;
    workerThreadsMs += readWorkerThreads(pid);
    largestRssMib = Math.max(largestRssMib, stat.rssPages / 256);
  }
  return { totalMs, workerThreadsMs, largestRssMib };
}

function treeOf(rootPid: number): ReadonlySet<number> {
  const children = new Map<number, number[]>();
  for (const name of readFolder('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(`/proc/${name}/stat`);
    if (stat === null) continue;
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(name)]);
  }
  const found = new Set([rootPid]);
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child);
  return found;
}

function readWorkerThreads(pid: number): number {
  let total = 0;
  const folder = `/proc/${String(pid)}/task`;
  for (const thread of readFolder(folder)) {
    const name = readText(`${folder}/${thread}/comm`)?.trim();
    if (name !== 'libuv-worker') continue;
    // In nanoseconds: more exact than the ticks of `stat`.
    total += Number(readText(`${folder}/${thread}/schedstat`)?.split(' ')[0] ?? 0) / 1e6;
  }
  return total;
}

function readStat(path: string) {
  const text = readText(path);
  if (text === null) return null;
  // The second field is the name in brackets and may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number) => Number(fields[index]);
  return {
    parent: number(1),
    own: number(11) + number(12),
    endedChildren: number(13) + number(14),
    rssPages: number(21),
  };
}

function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process or thread ended while the folder was being read.
    return null;
  }
}

/** The process that started this one, for finding a server from one of its own processes. */
export function parentOf(pid: number): number {
  const stat = readStat(`/proc/${String(pid)}/stat`);
  if (stat === null) throw new Error(`no process ${String(pid)}`);
  return stat.parent;
}
